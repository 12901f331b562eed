# cmake -D SOURCE=FOLDER -D OUTPUT=FOLDER -P StatusPage.cmake: puts index.html and what it names (@page.css@, @text.js@) into one document.
# Writes status_page.html, status_page.csp (the Content-Security-Policy that lets run its one script and one style, and
# nothing else) and status_page.cpp, which holds both.

cmake_minimum_required(VERSION 3.25)

file(READ "${SOURCE}/index.html" page)
string(REGEX MATCHALL "@[a-z_]+\\.(css|js)@" places "${page}")
foreach(place IN LISTS places)
    string(REPLACE "@" "" name "${place}")
    file(READ "${SOURCE}/${name}" text)
    string(REPLACE "${place}" "${text}" page "${page}")
endforeach()

# content(TAG OUT): what stands between the opening and the closing tag, which is what a browser hashes.
function(content tag out)
    string(REGEX MATCH "<${tag}[^>]*>" opening "${page}")
    string(FIND "${page}" "${opening}" start)
    string(LENGTH "${opening}" length)
    math(EXPR start "${start} + ${length}")
    string(FIND "${page}" "</${tag}>" end)
    math(EXPR length "${end} - ${start}")
    string(SUBSTRING "${page}" ${start} ${length} text)
    set(${out} "${text}" PARENT_SCOPE)
endfunction()

# base64_sha256(TEXT OUT): CMake has the digest in hexadecimal only.
function(base64_sha256 text out)
    set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    string(SHA256 digits "${text}")
    string(APPEND digits "00") # 32 octets are ten groups of three, and one of two
    set(coded "")
    foreach(place RANGE 0 60 6)
        string(SUBSTRING "${digits}" ${place} 6 group)
        foreach(shift IN ITEMS 18 12 6 0)
            math(EXPR index "(0x${group} >> ${shift}) & 63")
            string(SUBSTRING "${alphabet}" ${index} 1 letter)
            string(APPEND coded "${letter}")
        endforeach()
    endforeach()
    string(SUBSTRING "${coded}" 0 43 coded)
    set(${out} "${coded}=" PARENT_SCOPE)
endfunction()

content(style style)
content(script script)
base64_sha256("${style}" style_hash)
base64_sha256("${script}" script_hash)
# No markup may be made of text either (require-trusted-types-for), where a browser knows that.
string(CONCAT csp "default-src 'none'; script-src 'sha256-${script_hash}'; style-src 'sha256-${style_hash}'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'")

file(WRITE "${OUTPUT}/status_page.html" "${page}")
file(WRITE "${OUTPUT}/status_page.csp" "${csp}")
# As numbers: a string literal need not be allowed to be longer than 65,536 characters.
file(READ "${OUTPUT}/status_page.html" octets HEX)
string(REGEX REPLACE "(..)" "'\\\\x\\1'," octets "${octets}")

file(WRITE "${OUTPUT}/status_page.cpp" "// Made by cmake/StatusPage.cmake from common/ops/page.
#include \"ops/status_page.hpp\"

namespace lockstep {
namespace {

constexpr char html[] = {${octets}};
constexpr char csp[] = R\"page(${csp})page\";

}  // namespace

std::string_view status_page_html() {
    return {html, sizeof html};
}

std::string_view status_page_csp() {
    return {csp, sizeof csp - 1};
}

}  // namespace lockstep
")
