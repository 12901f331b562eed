#include "primary/update_command.hpp"

#include "crypto/encoding.hpp"
#include "daemon/server.hpp"
#include "ops/control_client.hpp"
#include "primary/update_script.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace lockstep {
namespace {

void print(std::FILE* to, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), to);
    std::fflush(to);
}

/// One run over the lines of a file.
class ScriptReading {
public:
    ScriptReading(const std::filesystem::path& socket, std::string name, bool terminal)
        : socket_(socket), name_(std::move(name)), terminal_(terminal) {}

    ExitCode run(std::istream& lines) {
        prompt();
        for (std::string line; std::getline(lines, line); prompt()) {
            ++number_;
            const auto wish = script_.take(line);
            if (!wish) {
                complain(wish.error().text, wish.error().column);
                if (!terminal_) return code_;
            } else if (*wish == UpdateScript::Wish::Quit) {
                break;
            } else if (const auto gone = obey(*wish); gone) {
                return *gone;
            }
        }
        if (lines.bad()) complain("cannot be read to its end");
        if (!script_.empty())
            complain("ends without 'send': what stands since the last one is not carried out");
        return code_;
    }

private:
    void prompt() const {
        if (terminal_) print(stdout, "> ");
    }
    void complain(const std::string& text, std::size_t column = 0) {
        const auto place = column == 0 ? std::string() : fmt::format("{}:", column);
        print(stderr, fmt::format("{}:{}:{} {}\n", name_, number_, place, text));
        code_ = ExitCode::NotSo;
    }

    /// The exit code, where no daemon answers.
    std::optional<ExitCode> obey(UpdateScript::Wish wish) {
        switch (wish) {
        case UpdateScript::Wish::Send: return send();
        case UpdateScript::Wish::Show: print(stdout, script_.text()); break;
        case UpdateScript::Wish::Answer: print(stdout, answer_); break;
        case UpdateScript::Wish::Help: print(stdout, update_script_help()); break;
        case UpdateScript::Wish::Version: print(stdout, fmt::format("{}\n", version())); break;
        case UpdateScript::Wish::Nothing:
        case UpdateScript::Wish::Quit: break;
        }
        return std::nullopt;
    }

    std::optional<ExitCode> send() {
        if (script_.empty()) return std::nullopt;
        const auto message = script_.message();
        if (!message) {
            complain(message.error().text);
            script_.clear();
            return std::nullopt;
        }
        ControlRequest request{.verb = "update", .message = to_base64(*message)};
        if (script_.zone()) {
            request.zone = script_.zone()->to_string();
        } else {
            request.host = script_.owner().to_string();
        }
        script_.clear();
        const auto reply = ask_quietly(socket_, request);
        if (!reply) {
            print(stderr, reply.error().text + "\n");
            return ExitCode::NoDaemon;
        }
        answer_ = reply->exit_code == ExitCode::Done ? "NOERROR\n" : reply->errors;
        if (reply->exit_code != ExitCode::Done) complain(reply->errors.substr(0, reply->errors.find('\n')));
        return std::nullopt;
    }

    const std::filesystem::path& socket_;
    std::string name_;
    bool terminal_;
    UpdateScript script_;
    std::size_t number_ = 0;  // of the line
    std::string answer_ = "nothing was sent yet\n";
    ExitCode code_ = ExitCode::Done;
};

}  // namespace

ExitCode run_update(const std::filesystem::path& socket, const std::string& file) {
    if (file == "-") return ScriptReading(socket, "stdin", isatty(STDIN_FILENO) == 1).run(std::cin);
    std::ifstream lines(file);
    if (!lines) {
        print(stderr, fmt::format("{}: {}\n", file, std::strerror(errno)));
        return ExitCode::NotSo;
    }
    return ScriptReading(socket, file, false).run(lines);
}

}  // namespace lockstep
