#include "daemon/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace lockstep {
namespace {

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto found = text.find(what, at);
        out += text.substr(at, found - at);
        if (found == text.npos) break;
        out += by;
        at = found + what.size();
    }
    return out;
}

template <class List, class Part>
std::string joined(const List& list, std::string_view between, Part&& part) {
    std::string out;
    for (const auto& one : list) {
        if (!out.empty()) out += between;
        out += part(one);
    }
    return out;
}

std::string words_of(const std::vector<std::string>& words) {
    return joined(words, " ", [](const auto& word) { return word; });
}
std::string names_of(const std::vector<CompletedVerb>& verbs) {
    return joined(verbs, " ", [](const auto& verb) { return verb.name; });
}
std::string options_of(const CompletedVerb& verb) {
    return joined(verb.options, " ", [](const auto& option) { return option.name; });
}

/// Every option that takes a value, once: the same name means the same under every verb.
void collect_values(const std::vector<CompletedVerb>& verbs, std::map<std::string, CompletedOption>& values) {
    for (const auto& verb : verbs) {
        collect_values(verb.verbs, values);
        for (const auto& option : verb.options) {
            if (option.value != Completed::Nothing) values.emplace(option.name, option);
        }
    }
}
std::map<std::string, CompletedOption> values_of(const std::vector<CompletedVerb>& verbs) {
    std::map<std::string, CompletedOption> values;
    collect_values(verbs, values);
    return values;
}

std::string bash_words(std::string_view words) {
    return fmt::format(R"(mapfile -t COMPREPLY < <(compgen -W '{}' -- "$word"))", words);
}

std::string bash_place(Completed place, const std::vector<std::string>& words) {
    switch (place) {
    case Completed::File: return "_lockstep_files";
    case Completed::Zone: return "_lockstep_zones";
    case Completed::Words: return bash_words(words_of(words));
    case Completed::Nothing:
    case Completed::Anything: break;
    }
    return ":";
}

void add_bash_verbs(const std::vector<CompletedVerb>& verbs, const std::string& above, std::string& out) {
    for (const auto& verb : verbs) {
        const std::string path = above + verb.name;
        if (!verb.verbs.empty()) {
            out += fmt::format("        '{}.0') {} ;;\n", path, bash_words(names_of(verb.verbs)));
            add_bash_verbs(verb.verbs, path + " ", out);
            continue;
        }
        out += fmt::format("        '{}.-') {} ;;\n", path, bash_words(options_of(verb)));
        for (std::size_t i = 0; i < verb.places.size(); ++i)
            out += fmt::format("        '{}.{}') {} ;;\n", path, i, bash_place(verb.places[i], verb.words));
    }
}

constexpr std::string_view bash_head = R"bash(# bash completion for PROGRAM; made by `PROGRAM completion bash`

_lockstep_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
}

# Names come from the daemon. They are compared and quoted, never expanded.
_lockstep_zones() {
    local name rest
    while read -r name rest; do
        [[ $name == "$word"* ]] && COMPREPLY+=("$(printf %q "$name")")
    done < <("$program" zones "${where[@]}" 2>/dev/null)
}

FUNCTION() {
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local verb= place=0 one i
    local where=()
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; ++i)); do
        one=${COMP_WORDS[i]}
        case $one in
            --config | --socket) where=("$one" "${COMP_WORDS[i + 1]}"); i=$((i + 1)) ;;
            VALUED) i=$((i + 1)) ;;
            -*) ;;
            *)
                case $verb in
                    NESTED) verb+=${verb:+ }$one ;;
                    *) place=$((place + 1)) ;;
                esac
                ;;
        esac
    done
    case $previous in
)bash";

std::string bash_script(std::string_view program, const std::vector<CompletedVerb>& verbs) {
    const auto values = values_of(verbs);
    const std::string function = "_" + replaced(program, "-", "_");
    std::string nested = "''";
    for (const auto& verb : verbs) {
        if (!verb.verbs.empty()) nested += " | " + verb.name;
    }
    std::string out = replaced(bash_head, "PROGRAM", program);
    out = replaced(out, "FUNCTION", function);
    out = replaced(out, "VALUED", joined(values, " | ", [](const auto& value) { return value.first; }));
    out = replaced(out, "NESTED", nested);
    for (const auto& [name, option] : values)
        out += fmt::format("        {}) {}; return ;;\n", name, bash_place(option.value, option.words));
    out += "    esac\n    [[ $word != -* ]] || place=-\n    case $verb.$place in\n";
    out += fmt::format("        .0) {} ;;\n", bash_words(names_of(verbs)));
    out += fmt::format("        .-) {} ;;\n", bash_words("--help --version"));
    add_bash_verbs(verbs, "", out);
    return out + fmt::format("    esac\n}}\n\ncomplete -F {} {}\n", function, program);
}

/// Within single quotes of a specification, where brackets and colons mean something.
std::string zsh_text(std::string_view text) {
    std::string out;
    for (const char one : text) {
        if (one == '\'') {
            out += "'\\''";
            continue;
        }
        if (one == '[' || one == ']' || one == ':' || one == '\\') out += '\\';
        out += one;
    }
    return out;
}

std::string zsh_action(Completed value, const std::vector<std::string>& words) {
    switch (value) {
    case Completed::File: return "_files";
    case Completed::Zone: return "_lockstep_zones";
    case Completed::Words: return "(" + words_of(words) + ")";
    case Completed::Nothing:
    case Completed::Anything: break;
    }
    return " ";
}

std::string zsh_list(const std::vector<CompletedVerb>& verbs) {
    return joined(verbs, " ",
                  [](const auto& verb) { return fmt::format("'{}:{}'", verb.name, zsh_text(verb.help)); });
}

std::string zsh_arguments(const CompletedVerb& verb) {
    std::string out = "_arguments";
    for (const auto& option : verb.options) {
        out += fmt::format(" '{}[{}]", option.name, zsh_text(option.help));
        if (option.value != Completed::Nothing) out += ":value:" + zsh_action(option.value, option.words);
        out += "'";
    }
    for (std::size_t i = 0; i < verb.places.size(); ++i)
        out += fmt::format(" '{}::operand:{}'", i + 1, zsh_action(verb.places[i], verb.words));
    return out;
}

/// The branches of one level of verbs, each for its own operands.
std::string zsh_level(const std::vector<CompletedVerb>& verbs) {
    std::string out = fmt::format(
        "local -a verbs; verbs=({})\n"
        "_arguments -C '--help[help]' '--version[version]' '1:verb:->verb' '*::argument:->rest'\n"
        "case $state in\n"
        "verb) _describe verb verbs ;;\n"
        "rest)\n"
        "case $line[1] in\n",
        zsh_list(verbs));
    for (const auto& verb : verbs)
        out += fmt::format("{})\n{}\n;;\n", verb.name,
                           verb.verbs.empty() ? zsh_arguments(verb) : zsh_level(verb.verbs));
    return out + "esac\n;;\nesac\n";
}

constexpr std::string_view zsh_head = R"zsh(#compdef PROGRAM
# zsh completion for PROGRAM; made by `PROGRAM completion zsh`

_lockstep_zones() {
    local -a where zones
    local -i i
    for ((i = 2; i < $#typed; ++i)); do
        [[ $typed[i] == --(config|socket) ]] && where=("$typed[i]" "${(Q)typed[i + 1]}")
    done
    zones=("${(@f)$("${(Q)typed[1]}" zones "${where[@]}" 2>/dev/null)}")
    zones=("${(@)zones%% *}")
    compadd -a zones
}

_PROGRAM() {
local curcontext=$curcontext state state_descr line
typeset -A opt_args
local -a typed; typed=("${words[@]}")
)zsh";

std::string zsh_script(std::string_view program, const std::vector<CompletedVerb>& verbs) {
    return replaced(zsh_head, "PROGRAM", program) + zsh_level(verbs) +
           replaced(
               "}\n\nif [[ $funcstack[1] == _PROGRAM ]]; then\n    _PROGRAM \"$@\"\nelse\n"
               "    compdef _PROGRAM PROGRAM\nfi\n",
               "PROGRAM", program);
}

std::string fish_text(std::string_view text) {
    return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish_value(Completed value, const std::vector<std::string>& words) {
    switch (value) {
    case Completed::File: return " -rF";
    case Completed::Words: return fmt::format(" -xa '{}'", words_of(words));
    case Completed::Zone:
    case Completed::Anything: return " -x";
    case Completed::Nothing: break;
    }
    return "";
}

void add_fish_verbs(std::string_view program, const std::vector<CompletedVerb>& verbs,
                    const std::string& above, std::string& out) {
    for (const auto& verb : verbs) {
        const auto under = [&](std::string_view path) { return fmt::format("'__lockstep_at {}'", path); };
        const std::string path = above + verb.name;
        out += fmt::format("complete -c {} -n {} -a {} -d {}\n", program, under(above), verb.name,
                           fish_text(verb.help));
        add_fish_verbs(program, verb.verbs, path + " ", out);
        for (const auto& option : verb.options) {
            out += fmt::format("complete -c {} -n {} -l {} -d {}{}\n", program, under(path),
                               option.name.substr(2), fish_text(option.help),
                               fish_value(option.value, option.words));
        }
        if (verb.places.empty()) continue;
        // fish offers every place's candidates at each; ours have one kind a verb, but for a file after a
        // name.
        const auto last = verb.places.back();
        const std::string what = last == Completed::Zone    ? "-a '(__lockstep_zones)'"
                                 : last == Completed::File  ? "-F"
                                 : last == Completed::Words ? "-a '" + words_of(verb.words) + "'"
                                                            : "";
        if (!what.empty()) out += fmt::format("complete -c {} -n {} {}\n", program, under(path), what);
    }
}

constexpr std::string_view fish_head = R"fish(# fish completion for PROGRAM; made by `PROGRAM completion fish`

# Whether the verbs typed so far are these.
function __lockstep_at
    set -l verbs
    set -l skip no
    for word in (commandline -opc)[2..]
        if test $skip = yes
            set skip no
        else if contains -- $word VALUED
            set skip yes
        else if not string match -q -- '-*' $word
            if test (count $verbs) -eq 0; or contains -- "$verbs" NESTED
                set -a verbs $word
            end
        end
    end
    test "$verbs" = "$argv"
end

function __lockstep_zones
    set -l typed (commandline -opc)
    set -l where
    for i in (seq 2 (count $typed))
        if contains -- $typed[$i] --config --socket
            set where $typed[$i] $typed[(math $i + 1)]
        end
    end
    command $typed[1] zones $where 2>/dev/null | string replace -r '\s.*' ''
end

complete -c PROGRAM -f
)fish";

std::string fish_script(std::string_view program, const std::vector<CompletedVerb>& verbs) {
    const auto values = values_of(verbs);
    std::string out = replaced(fish_head, "PROGRAM", program);
    out = replaced(out, "VALUED", joined(values, " ", [](const auto& value) { return value.first; }));
    std::vector<CompletedVerb> nested;
    std::copy_if(verbs.begin(), verbs.end(), std::back_inserter(nested),
                 [](const auto& verb) { return !verb.verbs.empty(); });
    out = replaced(out, "NESTED", names_of(nested));
    out += fmt::format("complete -c {} -l help\ncomplete -c {} -l version\n", program, program);
    add_fish_verbs(program, verbs, "", out);
    return out;
}

}  // namespace

std::string completion_script(Shell shell, std::string_view program,
                              const std::vector<CompletedVerb>& verbs) {
    switch (shell) {
    case Shell::Bash: return bash_script(program, verbs);
    case Shell::Zsh: return zsh_script(program, verbs);
    case Shell::Fish: break;
    }
    return fish_script(program, verbs);
}

}  // namespace lockstep
