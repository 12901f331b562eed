#include "zonefile/parts.hpp"

#include "base/cores.hpp"

#include <algorithm>
#include <future>

namespace lockstep {
namespace {

/// The head ends soon, as it is read alone, and late enough to hold an SOA that goes over many lines.
constexpr std::size_t largest_head = 65536;
/// What is looked through three times comes from memory once.
constexpr std::size_t cached_octets = 16384;

/// The first line from `from` on that begins with an owner.
std::size_t find_owner(std::string_view text, std::size_t from) {
    constexpr std::string_view no_owner = " \t\r\n;";
    for (auto end = text.find('\n', from); end != std::string_view::npos; end = text.find('\n', end + 1)) {
        if (end + 1 < text.size() && no_owner.find(text[end + 1]) == std::string_view::npos) return end + 1;
    }
    return text.size();
}

/// Whether each line of `text` can be read without knowing those before it, but for their owners.
bool lines_stand_alone(std::string_view text) {
    constexpr auto none = std::string_view::npos;
    for (std::size_t start = 0; start < text.size(); start += cached_octets) {
        const auto block = text.substr(start, cached_octets);
        if (block.find('(') != none || block.find(')') != none) return false;
        for (auto at = block.find('$'); at != none; at = block.find('$', at + 1)) {
            if (start + at == 0 || text[start + at - 1] == '\n') return false;
        }
    }
    return true;
}

/// Whether no parenthesis of the head is left open, as its entry would go on behind the head.
bool ends_its_entries(std::string_view head) {
    Lexer lexer(head);
    for (auto step = lexer.next(); step != Lexer::Step::End; step = lexer.next()) {
        if (step == Lexer::Step::Fault) return false;
    }
    return true;
}

class PartSink final : public RecordSink {
public:
    explicit PartSink(const Name& apex) : builder_(apex) {}

    void take(const ParsedRecord& parsed) override {
        has_soa_ = has_soa_ || parsed.record.type == RrType::SOA;
        builder_.add(parsed.record);
    }
    [[nodiscard]] bool has_soa() const { return has_soa_; }
    [[nodiscard]] ZoneBuilder take_builder() { return std::move(builder_); }

private:
    ZoneBuilder builder_;
    bool has_soa_ = false;
};

std::optional<ZoneBuilder> read_part(std::string_view text, const Name& apex, const LoadOptions& options,
                                     const ZoneFileParser::Standing& standing) {
    SourceSet sources(options);
    Report report(sources, options);
    PartSink sink(apex);
    ZoneFileParser(sources, report, apex, options, sink).run_part(sources.add_text(text, ""), standing);
    if (sink.has_soa() || !report.take().empty()) return std::nullopt;
    return sink.take_builder();
}

}  // namespace

std::vector<std::string_view> cut_text(std::string_view text, const LoadOptions& options) {
    const std::size_t most = text.size() / options.part_octets;
    if (most < 2 || !text.ends_with('\n')) return {text};
    const std::size_t readers = options.readers != 0 ? options.readers : usable_cores();
    const std::size_t count = std::min(readers, most);
    if (count < 2) return {text};
    std::size_t start = find_owner(text, std::min(largest_head, options.part_octets / 2));
    if (!ends_its_entries(text.substr(0, start)) || !lines_stand_alone(text.substr(start))) return {text};
    std::vector<std::string_view> parts{text.substr(0, start)};
    for (std::size_t i = 1; i <= count && start < text.size(); ++i) {
        const std::size_t end =
            i == count ? text.size() : find_owner(text, std::max(start, text.size() / count * i));
        parts.push_back(text.substr(start, end - start));
        start = end;
    }
    return parts;
}

std::optional<std::vector<ZoneBuilder>> read_parts(std::span<const std::string_view> parts, const Name& apex,
                                                   const LoadOptions& options,
                                                   const ZoneFileParser::Standing& standing) {
    std::vector<std::future<std::optional<ZoneBuilder>>> others;
    // Deferred where no thread is to be had: get() reads the part then.
    for (const auto part : parts.subspan(1)) {
        others.push_back(std::async(std::launch::async | std::launch::deferred,
                                    [&, part] { return read_part(part, apex, options, standing); }));
    }
    std::vector<std::optional<ZoneBuilder>> read;
    read.push_back(read_part(parts.front(), apex, options, standing));
    for (auto& other : others)
        read.push_back(other.get());
    std::vector<ZoneBuilder> builders;
    for (auto& builder : read) {
        if (!builder) return std::nullopt;
        builders.push_back(std::move(*builder));
    }
    return builders;
}

}  // namespace lockstep
