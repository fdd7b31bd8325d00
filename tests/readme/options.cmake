# cmake -DREADME=FILE -DHEADER=FILE -P options.cmake
#
# README's table of a retrier's options must have each field of the struct, in its order: whoever writes them in
# another one gets an error.
cmake_minimum_required(VERSION 3.25)

file(READ ${HEADER} code)
string(REGEX REPLACE "//[^\n]*" "" code "${code}")
string(REGEX REPLACE "[][]" " " code "${code}")
string(REGEX REPLACE "^.*struct retrier_options {" "" code "${code}")
string(REGEX REPLACE "\n}.*$" "" code "${code}")
string(REPLACE ";" "\n" code "${code}")
string(REGEX REPLACE "( = |{)[^\n]*" "" code "${code}")
string(REGEX REPLACE "\\(\\*([a-z_]+)\\)[^\n]*" " \\1" code "${code}") # of a pointer to a function
string(REGEX MATCHALL "[a-z_]+ *(\n|$)" fields "${code}")
list(TRANSFORM fields STRIP)

file(READ ${README} text)
string(REGEX REPLACE "[][;]" " " text "${text}")
string(REGEX REPLACE "^.*\n\\| option \\| does \\|" "" text "${text}")
string(REGEX REPLACE "\n\n.*$" "" text "${text}")
string(REGEX MATCHALL "\n\\| `\\.[a-z_]+" told "${text}")
list(TRANSFORM told REPLACE "^\n\\| `\\." "")

if(NOT fields OR NOT fields STREQUAL told)
    message(FATAL_ERROR "README.md tells of the options '${told}', and retrier_options has '${fields}'")
endif()
