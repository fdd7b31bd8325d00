# Doxygen's filter of headers: it stumbles over what is specialised for Boost, in a namespace that it doesn't know.
/^template <>$/ {
    N
    s/.*\nstruct boost::.*/\n/
}
