#include "tests/integration/orphans/report.hpp"

#include <nlohmann/json.hpp>

#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {

namespace {

using Json = nlohmann::json;

/// What is null or missing is empty.
std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::optional<Report> read_report(const std::filesystem::path& output) {
  const std::string text = read_file(output);
  if (text.empty() || text.back() != '\n') return std::nullopt;
  const std::size_t before = text.rfind('\n', text.size() - 2);
  Report report;
  report.text = text.substr(before == std::string::npos ? 0 : before + 1);
  const auto line = Json::parse(report.text, nullptr, false);
  if (line.is_discarded() || text_of(line, "type") != "result") return std::nullopt;
  report.exit_code = line.value("exit_code", -1);
  report.state = text_of(line, "state");
  const Json leftovers = line.value("leftovers", Json::array());
  for (const Json& left : leftovers) {
    report.leftovers.push_back(text_of(left, "host") + ": group " + text_of(left, "group") + ": " +
                               text_of(left, "why"));
  }
  const Json guarantees = line.value("guarantees", Json::object());
  for (const auto& [host, guarantee] : guarantees.items()) report.guarantees[host] = guarantee.get<std::string>();
  return report;
}

}  // namespace orchestrator::test
