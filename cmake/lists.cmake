# Sources are written down by hand in *.list files, one path per line relative to the root;
# '#' begins a comment. Meson reads the same files, so neither build can forget one.

# orchestratord_read_list(OUT FILE): the paths in FILE, absolute.
function(orchestratord_read_list out file)
  set(path ${PROJECT_SOURCE_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(STRINGS ${path} lines REGEX "^[^#]")
  list(TRANSFORM lines STRIP)
  list(FILTER lines EXCLUDE REGEX "^$")
  list(TRANSFORM lines PREPEND ${PROJECT_SOURCE_DIR}/)
  set(${out} ${lines} PARENT_SCOPE)
endfunction()

# orchestratord_library(NAME LIST [PUBLIC target...] [PRIVATE target...]): the static library
# orchestratord_NAME of the sources in LIST; an interface library while these are headers only.
function(orchestratord_library name file)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  set(target orchestratord_${name})
  orchestratord_read_list(sources ${file})
  if(NOT "${sources}" MATCHES "\\.cpp(;|$)")
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE orchestratord_settings ${ARG_PUBLIC} ${ARG_PRIVATE})
    return()
  endif()
  add_library(${target} STATIC ${sources})
  target_link_libraries(${target} PUBLIC orchestratord_settings ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  orchestratord_precompile(${target})
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${unity_sources})
endfunction()

# orchestratord_program(TARGET LIST OUTPUT_NAME [target...]): a program of the sources in LIST that
# links the targets; nothing while LIST is empty.
function(orchestratord_program target file output)
  orchestratord_read_list(sources ${file})
  if(NOT sources)
    return()
  endif()
  add_executable(${target} ${sources})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${output})
  target_link_libraries(${target} PRIVATE orchestratord_settings ${ARGN})
endfunction()
