# At install time, since only then the prefix is known: the units, which name the programs by full path, and the
# samples, which name their schemas. Wants `source` and `build` (folders) and CMAKE_INSTALL_PREFIX; DESTDIR is kept to.

set(sbin "${CMAKE_INSTALL_PREFIX}/sbin")
set(made "${build}/installed")
foreach(role IN ITEMS primary secondary)
    set(writable "")
    if(role STREQUAL "primary")
        set(writable "# `bump` writes serials into zone files. Other folders: name them in a drop-in.\nReadWritePaths=-/etc/lockstep/zones\n")
    endif()
    # The unit's own at-signs (@system-service) stay: only these three words are replaced.
    file(READ "${source}/systemd/lockstep.service.in" unit)
    foreach(word IN ITEMS role sbin writable)
        string(REPLACE "@${word}@" "${${word}}" unit "${unit}")
    endforeach()
    file(WRITE "${made}/lockstep-${role}.service" "${unit}")
    file(INSTALL "${made}/lockstep-${role}.service" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")

    file(READ "${source}/config/${role}.json" sample)
    string(REPLACE "\"${role}.schema.json\"" "\"${CMAKE_INSTALL_PREFIX}/share/lockstep/${role}.schema.json\"" sample "${sample}")
    file(WRITE "${made}/${role}.json" "${sample}")
    file(INSTALL "${made}/${role}.json" DESTINATION "${CMAKE_INSTALL_PREFIX}/share/doc/lockstep/examples")
endforeach()
