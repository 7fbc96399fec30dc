# What the distribution has. tools/install-packages knows the names of the packages.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED CONFIG)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
# toml++'s own CMake file has no target for the compiled library; libssh2 has none at all.
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus>=3.3)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(libssh2 REQUIRED IMPORTED_TARGET libssh2>=1.10)
pkg_check_modules(sdbus REQUIRED IMPORTED_TARGET sdbus-c++>=1.2)
pkg_check_modules(libsystemd REQUIRED IMPORTED_TARGET libsystemd)
find_program(SDBUS_XML2CPP sdbus-c++-xml2cpp REQUIRED)
mark_as_advanced(SDBUS_XML2CPP)

if(tests)
  find_package(GTest REQUIRED)
endif()
