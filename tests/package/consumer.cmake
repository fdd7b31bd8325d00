# What the consumers share: a program on breakerbox, and a look at what breakerbox did to the project around it. With
# COMPONENT=redis or redis_tls it is a program on that component.

# Before breakerbox is taken in. A macro, so that it sees the project's own variables.
macro(remember_variables)
    get_directory_property(variables_before VARIABLES)
endmacro()

macro(build_consumer)
    get_directory_property(variables VARIABLES)
    list(REMOVE_ITEM variables ${variables_before} variables_before)
    # Those that steer a build, its tests or its installation.
    list(FILTER variables INCLUDE REGEX "^(BUILD_|CTEST|Catch|CMAKE_(CXX|BUILD|INSTALL|EXPORT|VERIFY|MODULE_PATH))")
    if(variables)
        message(SEND_ERROR "breakerbox leaks variables: ${variables}")
    endif()

    set(target breakerbox::breakerbox)
    set(program main)
    if(COMPONENT)
        set(target breakerbox::${COMPONENT})
        set(program ${COMPONENT})
    endif()
    foreach(property IN ITEMS COMPILE_OPTIONS COMPILE_DEFINITIONS LINK_OPTIONS SOURCES PRECOMPILE_HEADERS)
        get_target_property(value ${target} INTERFACE_${property})
        if(value)
            message(SEND_ERROR "${target} forces ${property} on its users: ${value}")
        endif()
    endforeach()

    add_executable(consumer ${CMAKE_CURRENT_SOURCE_DIR}/../${program}.cpp)
    target_link_libraries(consumer PRIVATE ${target})
    install(TARGETS consumer)
    enable_testing()
    add_test(NAME consumer COMMAND consumer)
endmacro()
