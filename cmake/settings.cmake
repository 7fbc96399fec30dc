# How everything of ours is compiled.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
# Assertions stay on in every build.
foreach(type IN ITEMS RELEASE RELWITHDEBINFO MINSIZEREL)
  string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_${type} "${CMAKE_CXX_FLAGS_${type}}")
endforeach()

add_library(orchestratord_settings INTERFACE)
target_link_libraries(orchestratord_settings INTERFACE Boost::headers fmt::fmt Threads::Threads)

# Asio is compiled once, in orchestrator/asio_impl.cpp.
target_compile_definitions(orchestratord_settings INTERFACE
  BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_SEPARATE_COMPILATION)

# For programs that must not have the rest: no library, no sanitizer.
add_library(orchestratord_compiling INTERFACE)
target_include_directories(orchestratord_compiling INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(orchestratord_compiling INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  # The same objects from every checkout, so that ccache can share them.
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(warnings_as_errors)
  target_compile_options(orchestratord_compiling INTERFACE -Werror)
endif()
target_link_libraries(orchestratord_settings INTERFACE orchestratord_compiling)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Optimizing, g++ pairs the operators new and delete of Asio's coroutines wrongly.
  target_compile_options(orchestratord_settings INTERFACE -Wno-mismatched-new-delete)
endif()

if(unity_sources AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A source that is included by a unity file counts as a header: its local types raise this.
  target_compile_options(orchestratord_settings INTERFACE -Wno-subobject-linkage)
endif()

if(sanitizers STREQUAL "address-undefined")
  # vptr needs a pipe, and takes its absence for an error, when a test has used all descriptors up.
  set(sanitizer_flags -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # False alarms in coroutine frames.
    list(APPEND sanitizer_flags -fno-sanitize=function)
  endif()
elseif(sanitizers STREQUAL "thread")
  set(sanitizer_flags -fsanitize=thread -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ warns inside Asio that it does not instrument fences.
    list(APPEND sanitizer_flags -Wno-tsan)
  endif()
elseif(NOT sanitizers STREQUAL "none")
  message(FATAL_ERROR "sanitizers is '${sanitizers}': choose none, address-undefined or thread")
endif()
target_compile_options(orchestratord_settings INTERFACE ${sanitizer_flags})
target_link_options(orchestratord_settings INTERFACE ${sanitizer_flags})
if(sanitizers STREQUAL "address-undefined")
  # What is known of each global are pointers, 28 MB of them, which a program that can lie anywhere adapts whenever it starts.
  target_link_options(orchestratord_settings INTERFACE -no-pie)
endif()

# Tests are coroutines above all, which take the compiler longest where it optimizes what it instruments. Left out besides
# are the checks of UndefinedBehaviorSanitizer that AddressSanitizer makes in its way.
# Linked after orchestratord_settings, whose options these change.
add_library(orchestratord_testing INTERFACE)
if(NOT sanitizers STREQUAL "none")
  target_compile_options(orchestratord_testing INTERFACE -O0)
endif()
if(sanitizers STREQUAL "address-undefined")
  target_compile_options(orchestratord_testing INTERFACE -fno-sanitize=null,alignment,object-size)
endif()

# One precompiled header for all that is compiled alike: narrow, so that it stays cheap to make and to load.
function(orchestratord_make_precompiled name)
  if(precompiled_headers)
    file(CONFIGURE OUTPUT ${name}.cpp CONTENT "")
    add_library(${name} OBJECT ${PROJECT_BINARY_DIR}/${name}.cpp)
    target_link_libraries(${name} PRIVATE orchestratord_settings ${ARGN})
    target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)
  endif()
endfunction()
orchestratord_make_precompiled(orchestratord_precompiled)
if(tests)
  orchestratord_make_precompiled(orchestratord_testing_precompiled orchestratord_testing)
endif()

function(orchestratord_precompile target)
  if(precompiled_headers)
    target_precompile_headers(${target} REUSE_FROM orchestratord_precompiled)
  endif()
endfunction()

# How the sources of a program of tests are compiled.
function(orchestratord_compile_tests target)
  target_link_libraries(${target} PRIVATE orchestratord_testing)
  if(precompiled_headers)
    target_precompile_headers(${target} REUSE_FROM orchestratord_testing_precompiled)
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${unity_sources})
endfunction()
