#pragma once
// The commands of nsupdate, line by line, on their way to UPDATE messages.
//
// Threads: one; no I/O. Errors: the column and what is wrong there, for people; the line is then as if it had
// not come. Limits: a message of 65,535 octets. Standards: nsupdate(1), RFC 2136 §2.4, §2.5.

#include "base/result.hpp"
#include "primary/update_message.hpp"
#include "rdata/rdata.hpp"
#include "wire/name.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// What is wrong with a line; columns count from 1.
struct UpdateScriptError {
    std::size_t column = 0;
    std::string text;
};

/// Value type.
class UpdateScript {
public:
    /// What a line wants done by whoever reads it.
    enum class Wish { Nothing, Send, Show, Answer, Help, Version, Quit };

    [[nodiscard]] Expected<Wish, UpdateScriptError> take(std::string_view line);

    /// Nothing is there to send.
    [[nodiscard]] bool empty() const { return message_.prerequisites.empty() && message_.updates.empty(); }
    /// As the script says; nothing: the one that owner() is in.
    [[nodiscard]] const std::optional<Name>& zone() const { return zone_; }
    /// Of the first record; there is one.
    [[nodiscard]] const Name& owner() const;
    /// The message, its zone section naming the root: whoever sends it puts the zone there. Errors: Limit.
    [[nodiscard]] Result<OctetString> message() const;
    /// What would be sent, a line a record.
    [[nodiscard]] std::string text() const;
    /// For the next message; zone and defaults stay.
    void clear() { message_ = {}; }

private:
    class Line;
    template <class T>
    using Read = Expected<T, UpdateScriptError>;
    [[nodiscard]] Read<Wish> setting(Line& line, std::string_view command);
    [[nodiscard]] Read<void> prerequisite(Line& line, std::string_view what);
    [[nodiscard]] Read<void> addition(Line& line);
    [[nodiscard]] Read<void> deletion(Line& line);
    [[nodiscard]] Read<void> check_names(const UpdateRecord& record, const Line& line,
                                         std::size_t owner_place) const;

    std::optional<Name> zone_;
    std::optional<std::uint32_t> ttl_;
    bool checks_names_ = true;
    UpdateMessage message_;
};

/// What `help` shows.
[[nodiscard]] std::string_view update_script_help();

}  // namespace lockstep
