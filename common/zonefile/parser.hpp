#pragma once
// Entries to records: owners, TTLs, classes, types and the directives. FORMAT.md §3 to §8.
//
// Threads: one. Errors: into the Report; parsing goes on at the next entry. Limits: LoadOptions. Security: an
// include stack, a count of includes and a count of generated records bound the work whatever the files say.
// Standards: RFC 1035 §5, RFC 2308 §4, RFC 3597.

#include "rdata/rdata.hpp"
#include "wire/record.hpp"
#include "zonefile/lexer.hpp"
#include "zonefile/report.hpp"
#include "zonefile/source.hpp"
#include "zonefile/zone_file.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// A record and where it came from; views that are good during the call.
struct ParsedRecord {
    RecordView record;
    Place place;                       // its first word, or that of the $GENERATE that made it
    std::span<const TextToken> words;  // its RDATA in the source's text; none where it was generated
};

/// Takes the records that are in order by themselves: within the zone, of class IN, with a TTL.
class RecordSink {
public:
    RecordSink() = default;
    RecordSink(const RecordSink&) = delete;
    RecordSink& operator=(const RecordSink&) = delete;
    virtual ~RecordSink() = default;
    /// Whether it has a use for records of `owner`. Of others, unless they are SOA or generated, the RDATA is
    /// not read, so that nothing is said about it either.
    [[nodiscard]] virtual bool wants(NameView) const { return true; }
    virtual void take(const ParsedRecord& parsed) = 0;
};

/// Reads a source and all that it includes. Resource type, for one run.
class ZoneFileParser {
public:
    ZoneFileParser(SourceSet& sources, Report& report, const Name& apex, const LoadOptions& options,
                   RecordSink& sink);
    ZoneFileParser(const ZoneFileParser&) = delete;
    ZoneFileParser& operator=(const ZoneFileParser&) = delete;

    void run(std::uint32_t source) { read_source(source, apex_); }

    /// What lines that each have an owner of their own need to know of those before them.
    struct Standing {
        Name origin;
        Ttl default_ttl;
    };
    /// Only the first `octets`, up to the beginning of a line. What stands then; nothing where no default TTL
    /// does.
    [[nodiscard]] std::optional<Standing> run_head(std::uint32_t source, std::size_t octets);
    /// What run_head() has left, as run() would have.
    void run_rest();
    /// A source that is a part of another.
    void run_part(std::uint32_t source, const Standing& standing);

private:
    enum class OwnerState : std::uint8_t {
        None,  // no record has had an owner yet
        Good,
        Broken,  // told already: the records are checked and dropped
    };
    /// What holds within one file, and comes back after an $INCLUDE.
    struct OpenSource {
        std::uint32_t source = 0;
        std::size_t start = 0;   // of what can be read
        std::size_t octets = 0;  // where what is read of it ends
        Lexer lexer;
        Name origin;
        Name owner;
        OwnerState owner_state = OwnerState::None;
        std::string_view owner_text;  // that `owner` was read from, of the source
        bool new_origin = false;      // since the last record
    };
    /// What stands between owner and RDATA.
    struct Head {
        std::optional<Ttl> ttl;
        RrType type = RrType::None;
        std::size_t rdata = 0;  // the count of words before it
    };

    void read_source(std::uint32_t source, const Name& origin);
    OpenSource open_source(std::uint32_t source, const Name& origin, std::size_t octets);
    void read_entries(OpenSource& in);
    void close_source(const OpenSource& in);
    void check_encoding(std::uint32_t source, std::size_t& start);

    void read_record(OpenSource& in);
    void read_owner(OpenSource& in, const TextToken& word);
    bool read_name(const OpenSource& in, const TextToken& word, Name& out);
    bool read_head(const OpenSource& in, std::size_t at, Head& head);
    std::optional<RrType> find_type(std::string_view word);
    void explain_no_type(const OpenSource& in, std::size_t at, bool has_class);
    std::optional<Ttl> choose_ttl(Place place, const Head& head, Octets rdata);
    bool give(const ParsedRecord& parsed);
    void warn_of_missing_dots(const OpenSource& in, RrType type, std::span<const TextToken> words);
    void warn_of_missing_dot(const OpenSource& in, const TextToken& word);

    void read_directive(OpenSource& in);
    void set_origin(OpenSource& in);
    void set_default_ttl(const OpenSource& in);
    void include(OpenSource& in);
    std::optional<std::uint32_t> open_include(const OpenSource& in, const TextToken& word);
    void generate(OpenSource& in);
    bool generate_one(const OpenSource& in, Place place, const Head& head, std::string_view owner_text,
                      std::string_view rdata_text);
    bool has_words(const OpenSource& in, std::size_t least, std::size_t most, std::string_view form);

    [[nodiscard]] static Place place_of(const OpenSource& in, const TextToken& word) {
        return {in.source, in.lexer.offset_of(word)};
    }
    [[nodiscard]] static Place end_place(const OpenSource& in) {
        return {in.source, in.lexer.end_of_words()};
    }

    SourceSet& sources_;
    Report& report_;
    const Name apex_;
    std::string apex_text_;  // without its final dot; empty for the root, where no dot can be missing
    const LoadOptions& options_;
    RecordSink& sink_;

    std::optional<Ttl> default_ttl_;  // $TTL, or the SOA's minimum
    std::optional<Ttl> last_ttl_;
    bool warned_of_ttl_ = false;
    std::vector<std::uint32_t> including_;  // the sources being read, outermost first
    std::uint64_t includes_ = 0;
    std::uint64_t generated_ = 0;
    OctetString rdata_;               // of the record being read
    std::optional<OpenSource> head_;  // between run_head() and run_rest()

    struct KnownType {
        std::uint64_t word = 0;
        RrType type = RrType::None;
    };
    std::array<KnownType, 64> known_types_{};
};

/// Whether `key="value"` is two words of the type's RDATA.
[[nodiscard]] constexpr bool splits_assignments(RrType type) {
    return type != RrType::SVCB && type != RrType::HTTPS;
}

/// Seconds, plain or with units: `3600`, `1h`, `1w2d3h4m5s` in any case. Errors: what is wrong, to follow the
/// word.
[[nodiscard]] Expected<Ttl, std::string> parse_ttl(std::string_view text);

}  // namespace lockstep
