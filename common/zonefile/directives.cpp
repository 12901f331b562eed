#include "zonefile/generate.hpp"
#include "zonefile/parser.hpp"

#include <algorithm>
#include <system_error>

namespace lockstep {
namespace {

std::string upper_case(std::string_view word) {
    std::string text(word);
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

/// Words as they stood, quotes and all; one quoted word alone stands for what is in it, `\"` for a quote.
std::string generated_rdata_form(std::span<const TextToken> words) {
    std::string form;
    if (words.size() == 1 && words[0].quoted) {
        const auto text = words[0].text;
        for (std::size_t at = 0; at < text.size(); ++at) {
            if (text[at] == '\\' && at + 1 < text.size()) {
                if (text[at + 1] != '"') form += text[at];
                ++at;
            }
            form += text[at];
        }
        return form;
    }
    for (const auto& word : words) {
        if (!form.empty()) form += ' ';
        if (word.quoted) form += '"';
        form += word.text;
        if (word.quoted) form += '"';
    }
    return form;
}

bool is_within_folder(const std::filesystem::path& file, const std::filesystem::path& folder) {
    std::error_code error;
    const auto real_file = std::filesystem::weakly_canonical(file, error);
    if (error) return false;
    const auto real_folder = std::filesystem::weakly_canonical(folder, error);
    if (error) return false;
    return std::mismatch(real_folder.begin(), real_folder.end(), real_file.begin(), real_file.end()).first ==
           real_folder.end();
}

}  // namespace

void ZoneFileParser::read_directive(OpenSource& in) {
    const auto& word = in.lexer.words().front();
    const auto name = upper_case(word.text.substr(0, 16));
    if (name == "$ORIGIN") return set_origin(in);
    if (name == "$TTL") return set_default_ttl(in);
    if (name == "$INCLUDE") return include(in);
    if (name == "$GENERATE") return generate(in);
    report_.error(
        place_of(in, word),
        quoted_word(word.text) + " is no directive: there are $ORIGIN, $TTL, $INCLUDE and $GENERATE");
}

bool ZoneFileParser::has_words(const OpenSource& in, std::size_t least, std::size_t most,
                               std::string_view form) {
    const auto words = in.lexer.words();
    if (words.size() < least) {
        report_.error(end_place(in), "something is missing: " + std::string(form));
        return false;
    }
    if (words.size() > most) {
        report_.error(place_of(in, words[most]),
                      quoted_word(words[most].text) + " is too much: " + std::string(form));
        return false;
    }
    return true;
}

void ZoneFileParser::set_origin(OpenSource& in) {
    if (!has_words(in, 2, 2, "$ORIGIN NAME")) return;
    const auto& word = in.lexer.words()[1];
    Name origin;
    if (!read_name(in, word, origin)) return;
    warn_of_missing_dot(in, word);
    in.origin = origin;
    // The last owner stays what it was, but the same word would be another one now.
    in.owner_text = {};
    in.new_origin = true;
}

void ZoneFileParser::set_default_ttl(const OpenSource& in) {
    if (!has_words(in, 2, 2, "$TTL SECONDS")) return;
    const auto& word = in.lexer.words()[1];
    if (const auto ttl = parse_ttl(word.quoted ? std::string_view{} : word.text))
        default_ttl_ = *ttl;
    else
        report_.error(place_of(in, word), quoted_word(word.text) + ' ' + ttl.error());
}

std::optional<std::uint32_t> ZoneFileParser::open_include(const OpenSource& in, const TextToken& word) {
    const auto place = place_of(in, word);
    const auto refuse = [&](std::string text) {
        report_.error(place, std::move(text));
        return std::nullopt;
    };
    if (options_.includes == LoadOptions::Includes::Refused) return refuse("$INCLUDE is not allowed here");
    if (word.text.empty()) return refuse("the name of a file is missing");
    const auto path = sources_.path(in.source).parent_path() / std::filesystem::path(word.text);
    const auto shown = quoted_word(path.string());
    if (!options_.include_root.empty() && !is_within_folder(path, options_.include_root)) {
        return refuse(shown + " is outside the folder " + quoted_word(options_.include_root.string()));
    }
    if (including_.size() > options_.max_include_depth) {
        return refuse("$INCLUDE more than " + std::to_string(options_.max_include_depth) + " files deep");
    }
    if (++includes_ > options_.max_files)
        return refuse("$INCLUDE for more than " + std::to_string(options_.max_files) + " times");
    const auto source = sources_.add_file(path);
    if (!source) return refuse(shown + ' ' + source.error());
    if (std::find(including_.begin(), including_.end(), *source) != including_.end())
        return refuse(shown + " includes itself");
    return *source;
}

void ZoneFileParser::include(OpenSource& in) {
    if (!has_words(in, 2, 3, "$INCLUDE FILE [ORIGIN]")) return;
    const auto words = in.lexer.words();
    Name origin = in.origin;
    if (words.size() == 3) {
        if (!read_name(in, words[2], origin)) return;
        warn_of_missing_dot(in, words[2]);
    }
    if (const auto source = open_include(in, words[1])) read_source(*source, origin);
}

void ZoneFileParser::generate(OpenSource& in) {
    constexpr std::string_view form = "$GENERATE RANGE OWNER [TTL] [CLASS] TYPE RDATA";
    if (!has_words(in, 5, Lexer::max_words, form)) return;
    const auto range = GenerateRange::parse(in.lexer.words()[1].text);
    if (!range)
        return report_.error(place_of(in, in.lexer.words()[1]),
                             quoted_word(in.lexer.words()[1].text) + ' ' + range.error());
    if (range->count() > options_.max_generated_records - generated_) {
        return report_.error(place_of(in, in.lexer.words()[1]),
                             quoted_word(in.lexer.words()[1].text) +
                                 " makes more records than the limit of " +
                                 std::to_string(options_.max_generated_records));
    }
    Head head;
    if (!read_head(in, 3, head)) return;
    if (in.lexer.has_assignments() && splits_assignments(head.type)) in.lexer.split_assignments(head.rdata);
    const auto& owner_word = in.lexer.words()[2];
    const auto rdata_words = in.lexer.words().subspan(head.rdata);
    if (rdata_words.empty())
        return report_.error(end_place(in), "something is missing: " + std::string(form));
    const auto rdata_place = place_of(in, rdata_words.front());

    const auto owner = GenerateTemplate::parse(owner_word.text);
    if (!owner)
        return report_.error(place_of(in, owner_word), quoted_word(owner_word.text) + ' ' + owner.error());
    const auto rdata_form = generated_rdata_form(rdata_words);
    const auto rdata = GenerateTemplate::parse(rdata_form);
    if (!rdata) return report_.error(rdata_place, quoted_word(rdata_form) + ' ' + rdata.error());

    generated_ += range->count();
    std::string owner_text;
    std::string rdata_text;
    for (std::uint64_t counter = range->start; counter <= range->stop; counter += range->step) {
        owner_text.clear();
        rdata_text.clear();
        if (const auto expanded = owner->expand(static_cast<std::uint32_t>(counter), owner_text); !expanded) {
            return report_.error(place_of(in, owner_word), expanded.error());
        }
        if (const auto expanded = rdata->expand(static_cast<std::uint32_t>(counter), rdata_text); !expanded) {
            return report_.error(rdata_place, expanded.error());
        }
        // One record of a kind that is wrong is told, not thousands.
        if (!generate_one(in, rdata_place, head, owner_text, rdata_text)) return;
    }
}

bool ZoneFileParser::generate_one(const OpenSource& in, Place place, const Head& head,
                                  std::string_view owner_text, std::string_view rdata_text) {
    const auto owner_place = place_of(in, in.lexer.words()[2]);
    const auto refuse = [&](Place where, std::string text) {
        report_.error(where, std::move(text));
        return false;
    };
    const auto owner = Name::parse(owner_text, &in.origin);
    if (!owner)
        return refuse(owner_place,
                      quoted_word(owner_text) + " is no name: " + std::string(to_string(owner.error())));
    if (!owner->view().is_within(apex_)) {
        return refuse(owner_place, quoted_word(owner->to_string()) + " is outside the zone " +
                                       quoted_word(apex_.to_string()));
    }
    Lexer lexer(rdata_text);
    const auto step = lexer.next();
    if (step == Lexer::Step::Fault)
        return refuse(place, "in " + quoted_word(rdata_text) + ": " + std::string(lexer.fault().text));
    if (lexer.has_assignments() && splits_assignments(head.type)) lexer.split_assignments(0);
    rdata_.clear();
    const auto read = parse_rdata_into(head.type, lexer.words(), in.origin, rdata_);
    if (!read) return refuse(place, "in " + quoted_word(rdata_text) + ": " + read.error().text);
    const auto ttl = choose_ttl(place, head, rdata_);
    if (!ttl) return false;
    return give({{owner->view(), head.type, *ttl, rdata_}, place_of(in, in.lexer.words().front()), {}});
}

}  // namespace lockstep
