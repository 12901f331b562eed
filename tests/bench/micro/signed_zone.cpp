#include "signed_zone.hpp"

#include "wire/types.hpp"
#include "zone/nsec3.hpp"
#include "zonefile/writer.hpp"

#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep::bench {
namespace {

class Signer {
public:
    Signer(const ZoneSnapshot& zone, Proof proof)
        : zone_(zone), proof_(proof), apex_(zone.apex().to_string()) {}

    std::string text() && {
        text_ = canonical_text(zone_);
        if (proof_ == Proof::Nsec3) {
            text_ += apex_ + " 0 NSEC3PARAM 1 0 0 -\n";
            sign(apex_, "NSEC3PARAM", zone_.apex().label_count());
        }
        for (ZoneCursor at = zone_.begin(); at;)
            sign_name(at);
        chain_hashes();
        return std::move(text_);
    }

private:
    /// Goes on to the next name, which NSEC needs.
    void sign_name(ZoneCursor& at) {
        const std::string owner = at.owner().to_string();
        const std::size_t labels = at.owner().label_count();
        std::string types;
        for (const RrsetView rrset : at.node()) {
            const std::string type = to_string(rrset.type());
            sign(owner, type, labels);
            types += " " + type;
        }
        types += " RRSIG";
        if (proof_ == Proof::Nsec3) {
            const auto label = nsec3_label(hasher_.hash(params_, at.owner()));
            if (owner == apex_) types += " NSEC3PARAM";
            hashed_.emplace(as_text(label), types);
        }
        at.next();
        if (proof_ == Proof::Nsec) {
            text_ += owner + " 300 NSEC " + (at ? at.owner().to_string() : apex_) + types + " NSEC\n";
            sign(owner, "NSEC", labels);
        }
    }

    void chain_hashes() {
        for (auto at = hashed_.begin(); at != hashed_.end(); ++at) {
            const auto next = std::next(at) == hashed_.end() ? hashed_.begin() : std::next(at);
            const std::string owner = at->first + "." + apex_;
            text_ += owner + " 300 NSEC3 1 0 0 - " + next->first + at->second + "\n";
            sign(owner, "NSEC3", zone_.apex().label_count() + 1);
        }
    }

    void sign(std::string_view owner, std::string_view type, std::size_t labels) {
        static const std::string signature = std::string(86, 'A') + "==";
        text_.append(owner).append(" 300 RRSIG ").append(type).append(" 13 ").append(std::to_string(labels));
        text_.append(" 300 20300101000000 20260101000000 1 ").append(apex_).append(" ");
        text_.append(signature).append("\n");
    }

    const ZoneSnapshot& zone_;
    Proof proof_;
    std::string apex_;
    std::string text_;
    Nsec3Hasher hasher_;
    Nsec3Params params_;
    std::map<std::string, std::string> hashed_;  // label: types
};

}  // namespace

std::string signed_text(const ZoneSnapshot& zone, Proof proof) {
    return Signer(zone, proof).text();
}

}  // namespace lockstep::bench
