#include "wire/writer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace lockstep {
namespace {

constexpr std::size_t record_fixed_octets = 10;
constexpr std::size_t max_pointer_target = 0x3fff;

}  // namespace

void MessageWriter::start(std::span<std::byte> buffer, std::size_t limit) {
    buffer_ = buffer.first(std::min<std::size_t>(buffer.size(), 65535));
    size_ = header_octets;
    reserved_ = 0;
    question_octets_ = 0;
    question_remembered_ = false;
    target_count_ = 0;
    next_replaced_ = kept_targets;
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
    const auto kept =
        std::remove_if(targets_.begin(), targets_.begin() + static_cast<std::ptrdiff_t>(target_count_),
                       [&](const Target& target) { return target.at >= size_; });
    target_count_ = static_cast<std::size_t>(kept - targets_.begin());
}

void MessageWriter::remember(Target target) {
    if (target_count_ < max_targets) {
        targets_[target_count_++] = target;
        return;
    }
    targets_[next_replaced_] = target;
    next_replaced_ = next_replaced_ + 1 == max_targets ? kept_targets : next_replaced_ + 1;
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
        if (wanted[compared] != buffer_[at]) return false;
        if (length == 0) return true;
        for (std::size_t i = 1; i <= length; ++i) {
            // Exact case: a pointer must not change the case of what the zone or the question says.
            if (wanted[compared + i] != buffer_[at + i]) return false;
        }
        compared += 1 + length;
        at += 1 + length;
    }
}

/// Where the labels of a name start, leftmost first, and a hash of the suffix from each on, so that a
/// candidate costs one comparison.
class MessageWriter::Labels {
public:
    explicit Labels(Octets name) {
        for (std::size_t at = 0; name[at] != std::byte{0}; at += 1 + std::to_integer<std::size_t>(name[at]))
            offsets_[count_++] = static_cast<std::uint8_t>(at);
        std::uint32_t hash = 0;
        for (std::size_t label = count_, end = name.size() - 1; label-- > 0; end = offsets_[label]) {
            for (std::size_t at = offsets_[label]; at < end; ++at)
                hash = (hash << 5 | hash >> 27) ^ std::to_integer<std::uint32_t>(name[at]);
            hashes_[label] = static_cast<std::uint16_t>(hash * 0x9e3779b1U >> 16);
        }
    }
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] std::size_t offset(std::size_t label) const { return offsets_[label]; }
    [[nodiscard]] std::uint16_t hash(std::size_t label) const { return hashes_[label]; }

private:
    std::size_t count_ = 0;
    std::array<std::uint8_t, 128> offsets_;
    std::array<std::uint16_t, 128> hashes_;
};

void MessageWriter::remember_labels(const Labels& labels, std::size_t count, std::size_t at, unsigned hops) {
    if (hops >= max_hops) return;
    for (std::size_t label = 0; label < count && at + labels.offset(label) <= max_pointer_target; ++label) {
        remember({static_cast<std::uint16_t>(at + labels.offset(label)), labels.hash(label),
                  static_cast<std::uint8_t>(hops)});
    }
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
        if (space() < 2) return unexpected(WireError::NoSpace);
        const std::size_t at = header_octets + question_octets_ - octets.size();
        store_big_endian(buffer_.data() + size_, static_cast<std::uint16_t>(0xc000U | at));
        size_ += 2;
        return {};
    }
    if (!question_remembered_ && question_octets_ != 0) {
        const Labels asked(Octets(buffer_).subspan(header_octets, question_octets_));
        remember_labels(asked, asked.count(), header_octets, 0);
        question_remembered_ = true;
    }
    const Labels labels(octets);
    std::size_t literal = labels.count();  // how many labels are written out
    std::uint16_t pointer = 0;
    unsigned hops = 0;
    if (compress == Compress::Yes) {
        for (std::size_t label = 0; label < labels.count() && literal == labels.count(); ++label) {
            const NameView suffix = NameView::trusted(octets.subspan(labels.offset(label)));
            for (std::size_t i = 0; i < target_count_; ++i) {
                if (targets_[i].hash == labels.hash(label) && suffix_stands_at(suffix, targets_[i].at)) {
                    literal = label;
                    pointer = targets_[i].at;
                    hops = targets_[i].hops + 1U;
                    break;
                }
            }
        }
    }
    const bool pointed = literal < labels.count();
    const std::size_t written = pointed ? labels.offset(literal) : octets.size() - 1;
    if (written + (pointed ? 2 : 1) > space()) return unexpected(WireError::NoSpace);
    std::memcpy(buffer_.data() + size_, octets.data(), written);
    remember_labels(labels, literal, size_, hops);
    size_ += written;
    if (pointed) {
        store_big_endian(buffer_.data() + size_, static_cast<std::uint16_t>(0xc000U | pointer));
        size_ += 2;
    } else {
        buffer_[size_++] = std::byte{0};
    }
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
    DNS_TRY(name(owner, Compress::Yes));
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
