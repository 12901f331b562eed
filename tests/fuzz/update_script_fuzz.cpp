// Lines of any octets as commands of nsupdate: refused with a place in the line and nothing changed, or taken
// into a message that whoever carries updates out reads, and that means something.
#include "primary/update_script.hpp"

#include "wire/header.hpp"
#include "wire/message.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace lockstep;

void demand(bool holds) {
    if (!holds) std::abort();
}

/// `message` with the longest name in place of the root that its zone section names.
OctetString with_longest_zone(const OctetString& message) {
    const std::string label(63, 'z');
    static const Name zone =
        Name::parse_absolute(label + "." + label + "." + label + "." + label.substr(2)).value();
    OctetString octets(message.begin(), message.begin() + header_octets);
    append_octets(octets, zone.octets());
    octets.insert(octets.end(), message.begin() + header_octets + 1, message.end());
    return octets;
}

void check(const UpdateScript& script) {
    demand(script.text().empty() == (script.empty() && !script.zone()));
    if (!script.empty()) demand(script.owner().octets().size() <= max_name_octets);
    const auto message = script.message();
    if (!message) return;
    const auto octets = with_longest_zone(*message);
    demand(octets.size() <= 65'535);
    const auto view = MessageView::read(octets);
    demand(view && view->question && view->header.question_count == 1);
    const auto update = UpdateMessage::read(octets);
    demand(update.has_value());
    demand((update->prerequisites.empty() && update->updates.empty()) == script.empty());
    demand(!meaningless_update(update->updates, NameView()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(octets), size);
    UpdateScript script;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto before = script.text();
        const auto wish = script.take(line);
        if (!wish) {
            demand(wish.error().column >= 1 && wish.error().column <= line.size() + 1);
            demand(!wish.error().text.empty());
            demand(script.text() == before);
        } else if (*wish == UpdateScript::Wish::Send) {
            check(script);
            script.clear();
            demand(script.empty());
        }
    }
    check(script);
    return 0;
}
