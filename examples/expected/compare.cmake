# cmake -DPROGRAM=FILE -DEXPECTED=FILE -P compare.cmake
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE found COMMAND_ERROR_IS_FATAL ANY)
file(READ ${EXPECTED} expected)
if(NOT found STREQUAL expected)
    message("--- expected\n${expected}--- found\n${found}---")
    message(FATAL_ERROR "The output is not that of ${EXPECTED}")
endif()
