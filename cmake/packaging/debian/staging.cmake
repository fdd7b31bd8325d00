# Run by CPack on what is about to be packed. How strict the builder's umask is must not decide who may read the headers.
file(CHMOD_RECURSE ${CPACK_TEMPORARY_DIRECTORY} FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
     DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
# Debian wants it so, and without the time when that was done.
file(GLOB_RECURSE changelog ${CPACK_TEMPORARY_DIRECTORY}/changelog)
if(changelog)
    execute_process(COMMAND gzip -9n ${changelog} COMMAND_ERROR_IS_FATAL ANY)
endif()
