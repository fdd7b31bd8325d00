# Doxygen's filter of Markdown pages. Gives each heading the name by which the pages' own links know it on GitHub, which
# Doxygen does by itself only from 1.9.8 on, and takes the link from files that are not a part of the reference.
/^```/,/^```/ b
/^##+ / {
    h
    s/^#+ //
    s/[^A-Za-z0-9 _-]//g
    s/ /-/g
    s/.*/ {#\L&}/
    H
    x
    s/\n//
}
s/(^|[^!])\[([^]]+)\]\(((cmake|examples|include|tests|CHANGELOG|LICENSE)[^)]*)\)/\1\2 (`\3`)/g
