#include "wire/writer.hpp"

#include "wire/labels.hpp"
#include "wire/name_hash.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace lockstep {
namespace {

constexpr std::size_t record_fixed_octets = 10;
constexpr std::size_t max_pointer_target = 0x3fff;
constexpr unsigned pointer_bits = 0xc000U;

/// `hash` of the suffix behind a label, and of that label; case counts, as pointers must keep it.
std::uint64_t hash_label(std::uint64_t hash, Octets label) {
    return hash_octets(hash, label, [](std::uint64_t word) { return word; });
}

}  // namespace

void MessageWriter::start(std::span<std::byte> buffer, std::size_t limit) {
    buffer_ = buffer.first(std::min<std::size_t>(buffer.size(), 65535));
    size_ = header_octets;
    reserved_ = 0;
    question_octets_ = 0;
    question_remembered_ = false;
    if (++message_ == 0) {
        targets_.fill({});
        message_ = 1;
    }
    owner_pointer_ = 0;
    counts_ = {};
    set_limit(limit);
}

void MessageWriter::set_limit(std::size_t limit) {
    limit_ = std::max(std::min(limit, buffer_.size()), size_ + reserved_);
}

void MessageWriter::rollback(const Mark& mark) {
    size_ = mark.size;
    counts_ = mark.counts;
    if (header_octets + question_octets_ > size_) question_octets_ = 0;
    if (owner_pointer_ >= size_) owner_pointer_ = 0;
    for (Target& target : targets_) {
        if (target.at >= size_) target.message = 0;
    }
}

bool MessageWriter::suffix_stands_at(NameView suffix, std::size_t at) const {
    const auto wanted = suffix.octets();
    std::size_t compared = 0;
    for (;;) {
        const auto length = std::to_integer<std::size_t>(buffer_[at]);
        if (length > max_label_octets) {
            at = load_big_endian<std::uint16_t>(buffer_.data() + at) & max_pointer_target;
            continue;
        }
        // Exact case: a pointer must not change the case of what the zone or the question says. The length
        // is compared first, so there are as many octets to compare in both.
        if (wanted[compared] != buffer_[at]) return false;
        if (length == 0) return true;
        if (std::memcmp(wanted.data() + compared + 1, buffer_.data() + at + 1, length) != 0) return false;
        compared += 1 + length;
        at += 1 + length;
    }
}

/// Where the labels of a name start, leftmost first, and a hash of the suffix from each on, so that a
/// candidate costs one comparison.
class MessageWriter::Labels {
public:
    explicit Labels(NameView name) : name_(name) {
        std::uint64_t hash = 0;
        for (std::size_t label = count(); label-- > 0;) {
            hash = hash_label(hash, name.octets().subspan(offset(label), offset(label + 1) - offset(label)));
            hashes_[label] = static_cast<std::uint32_t>(hash);
        }
    }
    [[nodiscard]] std::size_t count() const { return name_.label_count(); }
    [[nodiscard]] std::size_t offset(std::size_t label) const { return name_.start(label); }
    [[nodiscard]] std::size_t slot(std::size_t label) const { return hashes_[label] % target_slots; }
    [[nodiscard]] std::uint16_t hash(std::size_t label) const {
        return static_cast<std::uint16_t>(hashes_[label] >> 16);
    }

private:
    LabelledName name_;
    std::array<std::uint32_t, 128> hashes_;
};

void MessageWriter::remember_labels(const Labels& labels, std::size_t count, std::size_t at, unsigned hops) {
    if (hops >= max_hops) return;
    for (std::size_t label = 0; label < count && at + labels.offset(label) <= max_pointer_target; ++label) {
        targets_[labels.slot(label)] = {static_cast<std::uint16_t>(at + labels.offset(label)),
                                        labels.hash(label), static_cast<std::uint8_t>(hops), message_};
    }
}

WireResult<void> MessageWriter::pointer(std::size_t to) {
    if (space() < 2) return unexpected(WireError::NoSpace);
    store_big_endian(buffer_.data() + size_, static_cast<std::uint16_t>(pointer_bits | to));
    size_ += 2;
    return {};
}

bool MessageWriter::ends_question(Octets name) const {
    return name.size() > 1 && name.size() <= question_octets_ &&
           std::memcmp(buffer_.data() + header_octets + question_octets_ - name.size(), name.data(),
                       name.size()) == 0;
}

WireResult<void> MessageWriter::name(NameView name, Compress compress) {
    const auto octets = name.octets();
    // Most owners are the name asked for, or end it: no need to look any further.
    if (compress == Compress::Yes && ends_question(octets)) {
        written_ = {header_octets + question_octets_ - octets.size(), 0};
        return pointer(written_.at);
    }
    if (!question_remembered_ && question_octets_ != 0) {
        const Labels asked(NameView::trusted(Octets(buffer_).subspan(header_octets, question_octets_)));
        remember_labels(asked, asked.count(), header_octets, 0);
        question_remembered_ = true;
    }
    const Labels labels(name);
    std::size_t literal = labels.count();  // how many labels are written out
    std::size_t pointed_at = 0;
    unsigned hops = 0;
    if (compress == Compress::Yes) {
        for (std::size_t label = 0; label < labels.count() && literal == labels.count(); ++label) {
            const NameView suffix = NameView::trusted(octets.subspan(labels.offset(label)));
            const Target& target = targets_[labels.slot(label)];
            if (target.message == message_ && target.hash == labels.hash(label) &&
                suffix_stands_at(suffix, target.at)) {
                literal = label;
                pointed_at = target.at;
                hops = target.hops + 1U;
            }
        }
    }
    const bool pointed = literal < labels.count();
    if (pointed && literal == 0) {
        written_ = {pointed_at, hops - 1};
        return pointer(pointed_at);
    }
    const std::size_t written = pointed ? labels.offset(literal) : octets.size() - 1;
    if (written + (pointed ? 2 : 1) > space()) return unexpected(WireError::NoSpace);
    std::memcpy(buffer_.data() + size_, octets.data(), written);
    written_ = {size_, hops};
    remember_labels(labels, literal, size_, hops);
    size_ += written;
    if (pointed) return pointer(pointed_at);
    buffer_[size_++] = std::byte{0};
    return {};
}

WireResult<void> MessageWriter::owner(NameView name) {
    const auto octets = name.octets();
    if (owner_pointer_ != 0 && equal_octets(octets, Octets(owner_).first(owner_octets_)))
        return pointer(owner_pointer_);
    DNS_TRY(this->name(name, Compress::Yes));
    owner_pointer_ = 0;
    if (name.is_root() || written_.at > max_pointer_target || written_.hops >= max_hops) return {};
    std::memcpy(owner_.data(), octets.data(), octets.size());
    owner_octets_ = octets.size();
    owner_pointer_ = written_.at;
    return {};
}

WireResult<void> MessageWriter::octets(Octets octets) {
    if (octets.size() > space()) return unexpected(WireError::NoSpace);
    if (!octets.empty()) std::memcpy(buffer_.data() + size_, octets.data(), octets.size());
    size_ += octets.size();
    return {};
}

WireResult<void> MessageWriter::question(NameView name, RrType type, RrClass rr_class) {
    if (size_ == header_octets) {
        DNS_TRY(octets(name.octets()));
        question_octets_ = name.size();
    } else {
        DNS_TRY(this->name(name, Compress::Yes));
    }
    if (space() < 4) return unexpected(WireError::NoSpace);
    store_big_endian(buffer_.data() + size_, std::to_underlying(type));
    store_big_endian(buffer_.data() + size_ + 2, std::to_underlying(rr_class));
    size_ += 4;
    ++counts_[static_cast<std::size_t>(Section::Question)];
    return {};
}

WireResult<void> MessageWriter::begin_record(Section section, NameView owner, RrType type, RrClass rr_class,
                                             std::uint32_t ttl) {
    assert(std::all_of(counts_.begin() + static_cast<std::ptrdiff_t>(section) + 1, counts_.end(),
                       [](std::uint16_t later) { return later == 0; }));
    DNS_TRY(this->owner(owner));
    if (space() < record_fixed_octets) return unexpected(WireError::NoSpace);
    auto* fixed = buffer_.data() + size_;
    store_big_endian(fixed, std::to_underlying(type));
    store_big_endian(fixed + 2, std::to_underlying(rr_class));
    store_big_endian(fixed + 4, ttl);
    rdata_length_at_ = size_ + 8;
    size_ += record_fixed_octets;
    ++counts_[static_cast<std::size_t>(section)];
    return {};
}

void MessageWriter::end_record() {
    const std::size_t length = size_ - rdata_length_at_ - 2;
    store_big_endian(buffer_.data() + rdata_length_at_, static_cast<std::uint16_t>(length));
}

WireResult<void> MessageWriter::record(Section section, NameView owner, RrType type, RrClass rr_class,
                                       std::uint32_t ttl, Octets rdata) {
    DNS_TRY(begin_record(section, owner, type, rr_class, ttl));
    DNS_TRY(octets(rdata));
    end_record();
    return {};
}

std::size_t MessageWriter::finish(Header header) {
    header.question_count = counts_[0];
    header.answer_count = counts_[1];
    header.authority_count = counts_[2];
    header.additional_count = counts_[3];
    header.write(buffer_.data());
    return size_;
}

}  // namespace lockstep
