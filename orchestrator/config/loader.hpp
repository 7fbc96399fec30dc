#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/check.hpp"
#include "orchestrator/config/config.hpp"

namespace orchestrator {

/// Puts the files of a configuration together and checks the whole. Use: add each file, finish.
class ConfigLoader {
 public:
  /// Both must outlive this.
  ConfigLoader(const ConfigSections& sections, const UserContext& user);

  void add(const std::string& file, std::string_view text);
  /// A file of which only its errors are known.
  void add_unreadable(const std::string& file, const ConfigErrors& errors);

  /// \throws ConfigErrors
  [[nodiscard]] Config finish();
  /// What can be told in spite of mistakes. Where a file could not be read, or a table that all jobs stand on has mistakes, no job.
  [[nodiscard]] PartlyLoaded finish_partly();

 private:
  using Group = std::map<std::string, const RawMember*>;  ///< tables of one kind, by name

  void sort_into_groups(const RawTable& file);
  void sort_named(const RawMember& parent, Group& group);
  void insert(const RawMember& member, const std::string& name, const std::string& path,
              Group& group);
  [[nodiscard]] std::string table_of(const std::string& key) const;
  void report(const SourcePosition& where, const std::string& key, std::string message);

  void check_tables(Config& config);
  void check_defaults();
  void check_hosts(PartlyLoaded& loaded);
  void check_jobs(Config& config);
  void check_job(const RawMember& member, Config& config);
  void warn_about(const ConfigTable& table, Config& config) const;
  [[nodiscard]] std::size_t order_of(const std::string& file) const;

  const ConfigSections& sections_;
  const UserContext& user_;
  std::vector<std::string> files_;
  std::vector<RawTable> raw_;
  std::vector<ConfigError> errors_;
  CheckContext context_;
  bool all_readable_ = true;
  bool common_is_good_ = true;  // what jobs stand on: top-level tables, [defaults]
  Group tables_;
  Group hosts_;
  Group jobs_;
  ConfigTable defaults_;
};

}  // namespace orchestrator
