// Writes the manual page of the configuration when building: config_page TEMPLATE PAGE. In the template a line ".\" KEYS" is where
// the keys go, as their descriptions have them.
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "jobs/job_types.hpp"
#include "orchestrator/config/manual.hpp"
#include "programs/inspect.hpp"

int main(int argc, char** argv) {
  const std::string mark = ".\\\" KEYS\n";
  if (argc != 3) return 2;
  std::ostringstream text;
  text << std::ifstream(argv[1]).rdbuf();
  std::string page = text.str();
  const std::size_t at = page.find(mark);
  if (at == std::string::npos) {
    std::fprintf(stderr, "config_page: no line '.\\\" KEYS' in '%s'\n", argv[1]);
    return 1;
  }
  page.replace(at, mark.size(), orchestrator::manual_of_keys(orchestrator::all_sections(orchestrator::job_types())));
  std::ofstream out(argv[2], std::ios::binary | std::ios::trunc);
  out << page;
  out.close();
  return out ? 0 : 1;
}
