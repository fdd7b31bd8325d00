# cmake -DOUTPUT=FILE -P amalgamate.cmake
#
# Writes all of breakerbox that needs no hiredis into one header: breakerbox/breakerbox.hpp, breakerbox/testing.hpp and
# what they include, in an order in which each comes after those that it needs.
#
# The headers keep their guards, so that what is not in the one header, such as <breakerbox/redis.hpp>, may still be
# included beside it. What they include of others is included once, at the top.
cmake_minimum_required(VERSION 3.25)

set(roots breakerbox/breakerbox.hpp breakerbox/testing.hpp)
cmake_path(SET include NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../include)
set(licence "// SPDX-License-Identifier: BSL-1.0\n")

set(taken "")
set(foreign "")
set(bodies "")

# The text is only ever a string here: as a list it would come apart at its brackets and semicolons. Only lines with
# directives, which have neither, become a list.
function(take header)
    if(header IN_LIST taken)
        return()
    endif()
    list(APPEND taken ${header})
    file(READ ${include}/${header} text)
    string(FIND "${text}" "${licence}" at)
    if(NOT at EQUAL 0)
        message(FATAL_ERROR "${header} does not begin with its licence")
    endif()
    string(REGEX MATCHALL "\n[ \t]*#[ \t]*(if|endif|include)[^\n]*" directives "${text}")

    set(depth 0)
    foreach(directive IN LISTS directives)
        if(directive MATCHES "#[ \t]*if")
            math(EXPR depth "${depth} + 1")
        elseif(directive MATCHES "#[ \t]*endif")
            math(EXPR depth "${depth} - 1")
        elseif(NOT directive MATCHES "^\n#include <([^>]+)>$")
            message(FATAL_ERROR "${header}: '${directive}' is not of the form #include <...>")
        else()
            set(included ${CMAKE_MATCH_1})
            # 1 is in the guard alone. Deeper, a condition says whether it is included, and it stays where it is.
            if(depth EQUAL 1)
                string(REPLACE "${directive}\n" "\n" text "${text}")
                if(included MATCHES "^breakerbox/")
                    take(${included})
                else()
                    list(APPEND foreign "#include <${included}>")
                endif()
            elseif(included MATCHES "^breakerbox/")
                message(FATAL_ERROR "${header} includes ${included} under a condition, which can't be kept here")
            endif()
        endif()
    endforeach()

    string(REPLACE "${licence}" "" text "${text}")
    string(REGEX REPLACE "\n\n\n+" "\n\n" text "${text}")
    # Nothing but a guard is left of a header that only includes others.
    if(NOT text MATCHES "^#ifndef [A-Z0-9_]+\n#define [A-Z0-9_]+\n+#endif\n$")
        string(APPEND bodies "\n// <${header}>\n${text}")
    else()
        string(REGEX REPLACE "\n+#endif" "\n#endif" text "${text}")
        string(APPEND bodies "\n${text}")
    endif()
    set(taken "${taken}" PARENT_SCOPE)
    set(foreign "${foreign}" PARENT_SCOPE)
    set(bodies "${bodies}" PARENT_SCOPE)
endfunction()

foreach(header IN LISTS roots)
    take(${header})
endforeach()

list(REMOVE_DUPLICATES foreign)
list(SORT foreign)
set(boost ${foreign})
list(FILTER boost INCLUDE REGEX "<boost/")
list(REMOVE_ITEM foreign ${boost})
list(JOIN boost "\n" boost)
list(JOIN foreign "\n" foreign)

file(STRINGS ${include}/breakerbox/version.hpp version REGEX "^#define BREAKERBOX_VERSION_(MAJOR|MINOR|PATCH) ")
list(TRANSFORM version REPLACE ".* " "")
list(JOIN version "." version)
list(JOIN roots ">, <" names)

file(WRITE ${OUTPUT} "${licence}// breakerbox ${version} in one header: <${names}> and what they include.
// Made by cmake/amalgamate.cmake: change the headers that it is made from.
#ifndef BREAKERBOX_SINGLE_HPP
#define BREAKERBOX_SINGLE_HPP

${boost}

${foreign}
${bodies}
#endif
")
