# `cmake --install` installs the program, the files that it reads, and the library for find_package(fanin).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS fanin RUNTIME)
set(share ${CMAKE_INSTALL_DATADIR}/fanin)
install(DIRECTORY experiments/ DESTINATION ${share}/experiments
        FILES_MATCHING PATTERN "*.toml" PATTERN "*.txt" PATTERN "*.csv" PATTERN "*.mjs" PATTERN "*.vl.json" PATTERN "*.sbatch" PATTERN "*.js" PATTERN "page.*"
        PATTERN "CMakeLists.txt" EXCLUDE PATTERN "*.[ch]pp" EXCLUDE)
# The data and the chart packages, if ./setup.sh run has installed them.
install(DIRECTORY node_modules DESTINATION ${share} OPTIONAL PATTERN ".*" EXCLUDE)

set_target_properties(fanin_framework PROPERTIES EXPORT_NAME framework)
set_target_properties(fanin_init PROPERTIES EXPORT_NAME fanin)
set_target_properties(fanin_options PROPERTIES EXPORT_NAME options)
install(DIRECTORY framework init DESTINATION include/fanin FILES_MATCHING PATTERN "*.hpp")
install(TARGETS fanin_options fanin_framework fanin_init EXPORT fanin ARCHIVE)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/fanin)
install(EXPORT fanin NAMESPACE fanin:: DESTINATION ${package} FILE fanin-targets.cmake)
configure_file(cmake/fanin-config.cmake ${PROJECT_BINARY_DIR}/fanin-config.cmake COPYONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fanin-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fanin-config.cmake
              ${PROJECT_BINARY_DIR}/fanin-config-version.cmake DESTINATION ${package})
