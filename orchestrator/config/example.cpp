#include "orchestrator/config/example.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "orchestrator/config/check.hpp"
#include "orchestrator/fields.hpp"

namespace orchestrator {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIntroduction =
    "# Configuration of orchestratord.\n"
    "#\n"
    "# Everything here is commented out: \"# \" begins an explanation, \"#\" alone a line to make "
    "use\n"
    "# of. Values are the defaults, or examples where there is none. Check with\n"
    "# 'orchestratord --check', list jobs with 'orchestratord --list', run one with\n"
    "# 'orchestratord --once JOB'.\n";

std::string text_example(Meaning meaning) {
  switch (meaning) {
    case Meaning::Path:
      return "\"/path/to/file\"";
    case Meaning::HostName:
      return "\"nas\"";
    case Meaning::Location:
      return "\"nas:/path\"";
    case Meaning::Text:
      break;
  }
  return "\"text\"";
}

std::string generic_example(const ConfigKey& key) {
  switch (key.type) {
    case ValueType::Boolean:
      return "true";
    case ValueType::Integer:
      return std::to_string(std::max<std::int64_t>(key.minimum, 1));
    case ValueType::Integers:
      return "[0]";
    case ValueType::Choice:
      return key.choices.empty() ? "\"\"" : quote_toml(key.choices.front());
    case ValueType::Strings:
    case ValueType::OneOrMoreStrings:
      return "[" + text_example(key.meaning) + "]";
    case ValueType::TimeSpan:
      return "\"30s\"";
    case ValueType::Size:
      return "\"1GiB\"";
    case ValueType::Percentage:
    case ValueType::Threshold:
      return "\"10%\"";
    case ValueType::NamedStrings:
      return "{ NAME = \"value\" }";
    case ValueType::String:
    case ValueType::Table:
      break;
  }
  return text_example(key.meaning);
}

std::string key_example(const ConfigKey& key) {
  if (!key.example_text.empty()) return key.example_text;
  if (key.default_value) return to_toml(*key.default_value);
  if (key.type != ValueType::Table) return generic_example(key);
  std::string members;
  for (const ConfigKey& inner : key.keys)
    members += (members.empty() ? " " : ", ") + inner.name + " = " + key_example(inner);
  return "{" + members + " }";
}

bool is_second_choice(const ConfigSection& section, const std::string& name) {
  return std::ranges::any_of(section.exactly_one_of, [&name](const auto& names) {
    return std::ranges::find(names, name) > names.begin() &&
           std::ranges::find(names, name) != names.end();
  });
}

// Prints descriptions as comments.
class ExamplePrinter {
 public:
  void title(const std::string& help, const std::string& header) {
    out_ += "\n\n# " + header + ": " + help + "\n#[" + header + "]\n";
  }

  void key(const ConfigSection& section, const ConfigKey& key) {
    if (key.supported && key.supported->empty()) return;
    out_ += "# " + key.help;
    if (key.type == ValueType::Choice && key.choices.size() > 1) out_ += " (" + choices(key) + ")";
    if (key.is_required) out_ += "; required";
    out_ += '\n';
    const std::string line = key.name + " = " + key_example(key);
    out_ += is_second_choice(section, key.name) ? "# instead of the above: " + line + "\n"
                                                : "#" + line + "\n";
  }

  void lines(std::string_view text) {
    for (const std::string_view line : lines_of(text)) out_ += "#" + std::string(line) + "\n";
  }

  void text(std::string_view plain) { out_ += plain; }
  std::string take() { return std::move(out_); }

 private:
  static std::string choices(const ConfigKey& key) {
    std::string all;
    for (const std::string& choice : key.choices) {
      const bool later = key.supported && std::ranges::find(*key.supported, ConfigValue(choice)) ==
                                              key.supported->end();
      if (!later) all += (all.empty() ? "'" : ", '") + choice + "'";
    }
    return all;
  }

  std::string out_;
};

void print_job_type(const ConfigSections& sections, const ConfigSection& type,
                    ExamplePrinter& printer) {
  printer.title(type.help, "jobs.my-" + type.name);
  for (ConfigKey key : sections.job.keys) {
    if (key.may_be_default) continue;
    if (key.name == "type") {
      key.example_text = quote_toml(type.name);
      key.choices.clear();
    }
    printer.key(sections.job, key);
  }
  for (const ConfigKey& key : type.keys) printer.key(type, key);
}

[[noreturn]] void fail_to_write(const fs::path& file, const std::string& reason) {
  throw ConfigErrors(
      ConfigError{{file.string()}, "", "cannot write '" + file.string() + "': " + reason});
}

// Not std::filesystem's: that would make them writable by the group under a umask of 002.
void make_folders(const fs::path& folder) {
  std::error_code ec;
  if (folder.empty() || fs::is_directory(folder, ec)) return;
  make_folders(folder.parent_path());
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
    fail_to_write(folder, std::system_category().message(errno));
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw std::system_error(errno, std::system_category());
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string commented_example(const ConfigSections& sections) {
  ExamplePrinter printer;
  printer.text(kIntroduction);
  for (const ConfigSection& type : sections.types) {
    if (type.example_job.empty()) continue;
    printer.text("\n\n# A first job, complete: run it with 'orchestratord --once first'\n");
    printer.lines("[jobs.first]\ntype = " + quote_toml(type.name) + "\n" + type.example_job);
    break;
  }
  for (const ConfigSection& section : sections.tables) {
    if (section.is_not_yet) continue;
    printer.title(section.help, section.name);
    for (const ConfigKey& key : section.keys) printer.key(section, key);
  }
  printer.title("for every job that does not say otherwise", "defaults");
  for (const ConfigKey& key : sections.job.keys)
    if (key.may_be_default) printer.key(sections.job, key);
  printer.title(sections.host.help, "hosts.nas");
  for (const ConfigKey& key : sections.host.keys) printer.key(sections.host, key);
  for (const ConfigSection& type : sections.types) print_job_type(sections, type, printer);
  return printer.take();
}

void require_valid_examples(const ConfigSection& section) {
  const UserContext user{0, "root", "/root", true, {}};
  std::vector<ConfigError> errors;
  CheckContext context{user, std::nullopt, errors};
  for (ConfigKey key : section.keys) {
    key.supported.reset();
    if (key.is_required && key.example_text.empty())
      throw std::logic_error("key '" + key.name + "' of '" + section.name + "' needs an example");
    std::vector<std::string> texts;
    if (key.default_value) texts.push_back(to_toml(*key.default_value));
    if (!key.example_text.empty()) texts.push_back(key.example_text);
    for (const std::string& text : texts) {
      const RawTable raw = read_toml(toml_key(key.name) + " = " + text, section.name);
      (void)check_member(raw.members.front(), key, section.name + "." + key.name, context);
    }
  }
  if (!errors.empty())
    throw std::logic_error("a default or example is refused: " + to_string(errors.front()));
}

void write_commented_example(const ConfigSections& sections, const fs::path& file) {
  make_folders(file.parent_path());
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST)
    fail_to_write(file, "it exists and is left alone; move it away, or name another by --config");
  if (fd < 0) fail_to_write(file, std::system_category().message(errno));
  std::string problem;
  try {
    write_all(fd, commented_example(sections));
  } catch (const std::system_error& error) {
    problem = error.code().message();
  }
  if (::close(fd) != 0 && problem.empty()) problem = std::system_category().message(errno);
  if (problem.empty()) return;
  std::error_code ec;
  fs::remove(file, ec);
  fail_to_write(file, problem);
}

}  // namespace orchestrator
