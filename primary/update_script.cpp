#include "primary/update_script.hpp"

#include "rdata/words.hpp"
#include "wire/header.hpp"
#include "zone/host_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep {
namespace {

constexpr std::uint32_t largest_ttl = 0x7fffffff;

constexpr std::string_view help_text =
    "zone NAME                                  the zone that is meant; absent: the one that the names are in\n"
    "ttl SECONDS | ttl none                     of records that are added without one\n"
    "class IN                                   there is no other\n"
    "check-names yes | no                       whether names of hosts must look like such (yes)\n"
    "[prereq] nxdomain NAME                     there must be nothing at the name\n"
    "[prereq] yxdomain NAME                     there must be something\n"
    "[prereq] nxrrset NAME [CLASS] TYPE         there must be no such records\n"
    "[prereq] yxrrset NAME [CLASS] TYPE [DATA]  there must be some; with DATA, exactly these\n"
    "[update] add NAME [TTL] [CLASS] TYPE DATA  adds a record\n"
    "[update] delete NAME [TTL] [CLASS] [TYPE [DATA]]\n"
    "                                           removes a record, those of a type, or all of the name's\n"
    "show                                       what would be sent\n"
    "send, or an empty line                     sends it\n"
    "answer                                     what the last one came to\n"
    "quit                                       ends; what is not sent is lost\n";

bool is_space(char one) {
    return one == ' ' || one == '\t' || one == '\r';
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& one : out) {
        if (one >= 'A' && one <= 'Z') one = static_cast<char>(one | 0x20);
    }
    return out;
}

/// Where the word ends that begins at `at`: at a space or a comment outside quotes.
std::size_t end_of_word(std::string_view line, std::size_t at) {
    bool quoted = false;
    for (; at < line.size(); ++at) {
        if (line[at] == '\\') {
            ++at;
        } else if (line[at] == '"') {
            quoted = !quoted;
        } else if (!quoted && (is_space(line[at]) || line[at] == ';')) {
            break;
        }
    }
    return std::min(at, line.size());
}

}  // namespace

/// The words of one line. A view of it.
class UpdateScript::Line {
public:
    static Read<Line> split(std::string_view line) {
        Line made;
        for (std::size_t at = 0;;) {
            while (at < line.size() && is_space(line[at]))
                ++at;
            if (at == line.size() || line[at] == ';') break;
            if (line[at] != '"') {
                const auto end = end_of_word(line, at);
                made.add(line.substr(at, end - at), false, at);
                at = end;
                continue;
            }
            auto end = at + 1;
            while (end < line.size() && line[end] != '"')
                end += line[end] == '\\' ? 2 : 1;
            if (end >= line.size())
                return unexpected(UpdateScriptError{at + 1, "the quoted string does not end"});
            made.add(line.substr(at + 1, end - at - 1), true, at);
            at = end + 1;
        }
        made.columns_.push_back(line.size() + 1);
        return made;
    }

    [[nodiscard]] bool at_end() const { return next_ == words_.size(); }
    [[nodiscard]] std::string_view peek() const { return words_[next_].text; }
    [[nodiscard]] bool peek_is_quoted() const { return words_[next_].quoted; }
    std::string_view next() { return words_[next_++].text; }
    /// What has not been taken yet.
    [[nodiscard]] std::span<const TextToken> rest() const { return std::span(words_).subspan(next_); }

    /// An error at a word: of rest(), or the one behind all.
    [[nodiscard]] std::unexpected<UpdateScriptError> wrong(std::string text, std::size_t word = 0) const {
        return unexpected(
            UpdateScriptError{columns_[std::min(next_ + word, words_.size())], std::move(text)});
    }
    /// The same at the word of that place: the command itself is 0.
    [[nodiscard]] std::unexpected<UpdateScriptError> wrong_at(std::size_t place, std::string text) const {
        return unexpected(UpdateScriptError{columns_[place], std::move(text)});
    }
    /// Of the next word.
    [[nodiscard]] std::size_t place() const { return next_; }
    [[nodiscard]] std::size_t last_place() const { return words_.size() - 1; }
    /// The error that the line ends where `wanted` should be, or something else stands there.
    [[nodiscard]] std::unexpected<UpdateScriptError> missing(std::string_view wanted) const {
        return at_end() ? wrong(fmt::format("{} is missing", wanted))
                        : wrong(fmt::format("'{}' is no {}", peek(), wanted));
    }
    Read<void> end() const {
        if (!at_end()) return wrong(fmt::format("'{}' is one word too many", peek()));
        return {};
    }

    Read<Name> name() {
        if (at_end()) return missing("domain name");
        const auto parsed = Name::parse_absolute(peek());
        if (!parsed) return wrong(fmt::format("'{}': {}", peek(), to_string(parsed.error())));
        ++next_;
        return *parsed;
    }
    /// The class, which may be left out, IN.
    Read<void> skip_class() {
        if (at_end()) return {};
        const auto word = lower(peek());
        if (word == "in") ++next_;
        if (word == "ch" || word == "hs" || word == "none")
            return wrong(fmt::format("the zones here are of class IN, not {}", peek()));
        return {};
    }
    Read<RrType> type() {
        if (at_end()) return missing("record type");
        const auto parsed = parse_type(peek());
        if (!parsed) return missing("record type");
        if (is_meta(*parsed) && *parsed != RrType::ANY)
            return wrong(fmt::format("no zone has records of type {}", lockstep::to_string(*parsed)));
        ++next_;
        return *parsed;
    }
    /// A TTL, if the next word is a number.
    Read<std::optional<std::uint32_t>> ttl() {
        if (at_end() || peek().empty() || peek().front() < '0' || peek().front() > '9') return std::nullopt;
        const auto value = period(peek());
        if (!value || *value > largest_ttl)
            return wrong(fmt::format("'{}' is no TTL: seconds, up to {}", peek(), largest_ttl));
        ++next_;
        return value;
    }
    Read<OctetString> rdata(RrType type) {
        if (is_meta(type)) return wrong("records of type ANY have no data");
        auto parsed = parse_rdata(type, rest(), Name());
        if (!parsed) return wrong(parsed.error().text, parsed.error().token);
        next_ = words_.size();
        return std::move(*parsed);
    }

private:
    void add(std::string_view text, bool quoted, std::size_t at) {
        words_.push_back({text, quoted});
        columns_.push_back(at + 1);
    }

    std::vector<TextToken> words_;
    std::vector<std::size_t> columns_;  // and the one behind the line
    std::size_t next_ = 0;
};

std::string_view update_script_help() {
    return help_text;
}

const Name& UpdateScript::owner() const {
    return message_.prerequisites.empty() ? message_.updates.front().owner
                                          : message_.prerequisites.front().owner;
}

auto UpdateScript::take(std::string_view text) -> Expected<Wish, UpdateScriptError> {
    DNS_TRY_ASSIGN(Line line, Line::split(text));
    if (line.at_end()) {
        const bool is_comment = text.find(';') != std::string_view::npos;
        return is_comment ? Wish::Nothing : Wish::Send;
    }
    auto command = lower(line.peek());
    const bool is_prerequisite = command == "prereq";
    const bool is_update = command == "update";
    if (is_prerequisite || is_update) {
        (void)line.next();
        if (line.at_end()) {
            return line.missing(is_update ? "add or delete" : "nxdomain, yxdomain, nxrrset or yxrrset");
        }
        command = lower(line.peek());
    }
    const bool names_condition =
        command == "nxdomain" || command == "yxdomain" || command == "nxrrset" || command == "yxrrset";
    if (names_condition && !is_update) {
        (void)line.next();
        DNS_TRY(prerequisite(line, command));
        return Wish::Nothing;
    }
    if (command == "add" && !is_prerequisite) {
        (void)line.next();
        DNS_TRY(addition(line));
        return Wish::Nothing;
    }
    if ((command == "delete" || command == "del") && !is_prerequisite) {
        (void)line.next();
        DNS_TRY(deletion(line));
        return Wish::Nothing;
    }
    if (is_update) return line.missing("add or delete");
    if (is_prerequisite) return line.missing("nxdomain, yxdomain, nxrrset or yxrrset");
    return setting(line, command);
}

auto UpdateScript::setting(Line& line, std::string_view command) -> Read<Wish> {
    constexpr std::array<std::pair<std::string_view, Wish>, 8> wishes{{{"send", Wish::Send},
                                                                       {"show", Wish::Show},
                                                                       {"answer", Wish::Answer},
                                                                       {"help", Wish::Help},
                                                                       {"?", Wish::Help},
                                                                       {"version", Wish::Version},
                                                                       {"quit", Wish::Quit},
                                                                       {"debug", Wish::Nothing}}};
    for (const auto& [word, wish] : wishes) {
        if (word != command) continue;
        (void)line.next();
        DNS_TRY(line.end());
        return wish;
    }
    for (const std::string_view word : {"server", "local", "key", "gsstsig", "oldgsstsig", "realm"}) {
        if (word != command) continue;
        return line.wrong(
            fmt::format("'{}' means nothing here: updates go to the daemon over its control socket, "
                        "which needs no key; nsupdate sends them over the network",
                        command));
    }
    if (command == "zone") {
        (void)line.next();
        DNS_TRY_ASSIGN(auto name, line.name());
        DNS_TRY(line.end());
        zone_ = name;
    } else if (command == "ttl") {
        (void)line.next();
        std::optional<std::uint32_t> ttl;
        if (!line.at_end() && lower(line.peek()) == "none") {
            (void)line.next();
        } else {
            DNS_TRY_ASSIGN(ttl, line.ttl());
            if (!ttl) return line.missing("TTL");
        }
        DNS_TRY(line.end());
        ttl_ = ttl;
    } else if (command == "class") {
        (void)line.next();
        if (line.at_end() || lower(line.peek()) == "any") return line.missing("class");
        DNS_TRY(line.skip_class());
        DNS_TRY(line.end());
    } else if (command == "check-names") {
        (void)line.next();
        const auto word = line.at_end() ? std::string() : lower(line.peek());
        const bool on = word == "yes" || word == "true" || word == "on" || word == "1";
        if (!on && word != "no" && word != "false" && word != "off" && word != "0")
            return line.missing("yes or no");
        (void)line.next();
        DNS_TRY(line.end());
        checks_names_ = on;
    } else {
        return line.wrong(fmt::format("'{}' is no command; 'help' lists them", line.peek()));
    }
    return Wish::Nothing;
}

auto UpdateScript::prerequisite(Line& line, std::string_view what) -> Read<void> {
    UpdateRecord record;
    DNS_TRY_ASSIGN(record.owner, line.name());
    record.rr_class = what.starts_with("nx") ? RrClass::NONE : RrClass::ANY;
    record.type = RrType::ANY;
    if (what.ends_with("rrset")) {
        DNS_TRY(line.skip_class());
        DNS_TRY_ASSIGN(record.type, line.type());
        if (what == "yxrrset" && !line.at_end()) {
            DNS_TRY_ASSIGN(record.rdata, line.rdata(record.type));
            record.rr_class = RrClass::IN;
        }
    }
    DNS_TRY(line.end());
    message_.prerequisites.push_back(std::move(record));
    return {};
}

auto UpdateScript::addition(Line& line) -> Read<void> {
    UpdateRecord record;
    const auto owner_place = line.place();
    DNS_TRY_ASSIGN(record.owner, line.name());
    DNS_TRY_ASSIGN(auto ttl, line.ttl());
    if (!ttl) ttl = ttl_;
    if (!ttl) return line.missing("TTL");
    record.raw_ttl = *ttl;
    DNS_TRY(line.skip_class());
    DNS_TRY_ASSIGN(record.type, line.type());
    if (is_meta(record.type)) return line.wrong_at(line.place() - 1, "records of that type cannot be added");
    DNS_TRY_ASSIGN(record.rdata, line.rdata(record.type));
    DNS_TRY(check_names(record, line, owner_place));
    message_.updates.push_back(std::move(record));
    return {};
}

auto UpdateScript::deletion(Line& line) -> Read<void> {
    UpdateRecord record;
    DNS_TRY_ASSIGN(record.owner, line.name());
    DNS_TRY_ASSIGN(const auto ignored, line.ttl());
    (void)ignored;
    DNS_TRY(line.skip_class());
    record.rr_class = RrClass::ANY;
    record.type = RrType::ANY;
    if (!line.at_end()) {
        DNS_TRY_ASSIGN(record.type, line.type());
    }
    if (!line.at_end()) {
        DNS_TRY_ASSIGN(record.rdata, line.rdata(record.type));
        record.rr_class = RrClass::NONE;
    }
    DNS_TRY(line.end());
    message_.updates.push_back(std::move(record));
    return {};
}

auto UpdateScript::check_names(const UpdateRecord& record, const Line& line, std::size_t owner_place) const
    -> Read<void> {
    if (!checks_names_) return {};
    const auto refuse = [&](std::size_t place, NameView name) {
        return line.wrong_at(place, fmt::format("{} is no name of a host ('check-names no' lets it through)",
                                                name.to_string()));
    };
    const bool is_host = record.type == RrType::A || record.type == RrType::AAAA || record.type == RrType::MX;
    const NameView owner = record.owner;
    const bool is_wildcard = !owner.is_root() && as_text(owner.first_label()) == "*";
    if (is_host && !is_host_name(is_wildcard ? owner.parent() : owner)) return refuse(owner_place, owner);
    const bool names_host =
        record.type == RrType::NS || record.type == RrType::MX || record.type == RrType::SRV;
    const auto target = names_host ? additional_target(record.type, record.rdata) : std::nullopt;
    if (target && !is_host_name(*target)) return refuse(line.last_place(), *target);
    return {};
}

Result<OctetString> UpdateScript::message() const {
    auto octets = write_update(message_);
    if (octets.size() + max_name_octets > max_message_octets)
        return fail(ErrorCode::Limit, "the message would be over 65,535 octets: 'send' earlier");
    return octets;
}

std::string UpdateScript::text() const {
    std::string out;
    if (zone_) out += fmt::format(";; zone {}\n", zone_->to_string());
    const auto append = [&](std::string_view title, const std::vector<UpdateRecord>& records) {
        if (!records.empty()) out += fmt::format(";; {}\n", title);
        for (const auto& record : records) {
            out += fmt::format("{} {} {} {}", record.owner.to_string(), record.raw_ttl,
                               to_string(record.rr_class), to_string(record.type));
            if (!record.rdata.empty()) out += " " + rdata_text(record.type, record.rdata);
            out += "\n";
        }
    };
    append("prerequisites", message_.prerequisites);
    append("updates", message_.updates);
    return out;
}

}  // namespace lockstep
