#include "orchestrator/config/manual.hpp"

#include <algorithm>

#include "orchestrator/config/check.hpp"

namespace orchestrator {
namespace {

bool is_refused(const ConfigKey& key) { return key.supported && key.supported->empty(); }

std::string sentence(std::string text) {
  if (text.empty()) return text;
  if (text.front() >= 'a' && text.front() <= 'z') text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text.ends_with('.') ? text : text + ".";
}

std::string supported_values(const ConfigKey& key) {
  std::string all;
  for (const ConfigValue& value : *key.supported) all += (all.empty() ? "" : ", ") + to_toml(value);
  return all;
}

// One sentence for each thing that is to be known about a key.
std::string facts(const ConfigKey& key) {
  std::string text = sentence(key.help);
  if (is_refused(key)) return text + " Not supported by this version.";
  if (key.is_required) text += " Required.";
  if (key.default_value) text += " Default: " + to_toml(*key.default_value) + ".";
  if (!key.example_text.empty() && !key.default_value) text += " Example: " + key.example_text + ".";
  if (key.references == References::Allowed) text += " May hold references.";
  if (key.is_secret) text += " Never shown.";
  if (key.may_be_default) text += " May stand in [defaults].";
  if (key.supported) text += " This version supports only " + supported_values(key) + ".";
  return text;
}

class Page {
 public:
  void section(const std::string& title, const std::string& help) { out_ += ".SS " + roff(title) + "\n" + line(sentence(help)); }

  void key(const ConfigKey& key) {
    const std::string wanted = key.choices.empty() && key.type == ValueType::Choice ? "a job type" : expectation(key);
    out_ += ".TP\n\\fB" + roff(key.name) + "\\fP = \\fI" + roff(wanted) + "\\fP\n" + line(facts(key));
    if (key.keys.empty() || is_refused(key)) return;
    out_ += ".RS\n";
    for (const ConfigKey& inner : key.keys) this->key(inner);
    out_ += ".RE\n";
  }

  void keys(const std::vector<ConfigKey>& all) {
    for (const ConfigKey& each : all) key(each);
  }

  // Keys of which a job has one.
  void exclusive(const ConfigSection& section) {
    for (const auto& names : section.exactly_one_of) {
      std::string all;
      for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
      out_ += ".PP\n" + line("Exactly one of these is required: " + all + ".");
    }
  }

  std::string take() { return std::move(out_); }

 private:
  // A line that begins with a dot or a quote is a request to roff.
  static std::string line(const std::string& text) { return "\\&" + roff(text) + "\n"; }

  std::string out_;
};

}  // namespace

std::string roff(std::string_view text) {
  std::string escaped;
  for (const char each : text) {
    if (each == '\\') {
      escaped += "\\e";
    } else if (each == '-') {
      escaped += "\\-";
    } else if (each == '\'') {
      escaped += "\\(aq";
    } else if (each == '"') {
      escaped += "\\(dq";
    } else if (each == '~') {
      escaped += "\\(ti";
    } else if (each == '^') {
      escaped += "\\(ha";
    } else {
      escaped += each;
    }
  }
  return escaped;
}

std::string manual_of_keys(const ConfigSections& sections) {
  Page page;
  for (const ConfigSection& table : sections.tables) {
    page.section("[" + table.name + "]", table.is_not_yet ? table.help + "; not supported by this version" : table.help);
    page.keys(table.keys);
  }
  page.section("[hosts.NAME]", sections.host.help);
  page.keys(sections.host.keys);
  page.section("[jobs.NAME]", sections.job.help);
  page.keys(sections.job.keys);
  for (const ConfigSection& type : sections.types) {
    page.section("[jobs.NAME] with type = \"" + type.name + "\"", type.help);
    page.keys(type.keys);
    page.exclusive(type);
  }
  page.section("[defaults]", "for every job that does not say otherwise: the keys of jobs that may stand here");
  return page.take();
}

}  // namespace orchestrator
