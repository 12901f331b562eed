#!/bin/sh
# Makes each NAME.bind from NAME.zone: what BIND's named-compilezone (Debian 12, 9.18) makes of a zone example.com.,
# white space collapsed. Run in this folder.
set -eu
for zone in *.zone; do
    named-compilezone -q -i none -n ignore -k ignore -D -s full -o - example.com "$zone" |
        sed -E '/^;/d; s/[[:blank:]]+/ /g' > "${zone%.zone}.bind"
done
