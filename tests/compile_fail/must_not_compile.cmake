# cmake -P must_not_compile.cmake -- SOURCE COMPILER ARGUMENTS...
#
# Passes if the compiler refuses SOURCE with a text that matches the regular expression in its first line, and is no longer
# than another line allows.
cmake_minimum_required(VERSION 3.25)

math(EXPR last "${CMAKE_ARGC} - 1")
set(command "")
foreach(i RANGE 4 ${last})
    list(APPEND command "${CMAKE_ARGV${i}}")
endforeach()
list(POP_FRONT command source)

# Not file(STRINGS): it would read brackets and semicolons of the expression as parts of a list.
file(READ ${source} text)
if(NOT text MATCHES "^// expected: ([^\n]+)\n")
    message(FATAL_ERROR "must begin with '// expected: REGEX': ${source}")
endif()
set(expected "${CMAKE_MATCH_1}")

set(ENV{LC_ALL} C)
execute_process(COMMAND ${command} ${source} RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
# Of the way into precompiled headers, which users don't see.
string(REGEX REPLACE "In file included from ([^\n]*/cmake_pch\\.hxx|<built-in>):[^\n]*\n" "" said "${said}")
if(status EQUAL 0)
    message(FATAL_ERROR "compiles, but must not: ${source}")
elseif(NOT said MATCHES "${expected}")
    message("--- expected\n${expected}\n--- found\n${said}---")
    message(FATAL_ERROR "does not compile, but not for the reason expected: ${source}")
endif()

if(text MATCHES "\n// at most: ([0-9]+) lines\n")
    set(most "${CMAKE_MATCH_1}")
    string(REGEX MATCHALL "\n" ends "${said}")
    list(LENGTH ends lines)
    if(lines GREATER most)
        message(FATAL_ERROR "is refused in ${lines} lines, where ${most} are allowed: ${source}")
    endif()
endif()
