#include "wire/writer.hpp"

#include "wire/name_hash.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace lockstep {
namespace {

/// Of its size and first 24 octets, which tell the names of a zone apart: to read all of them for each suffix
/// of each name costs more than the few that are alike so far. Case counts, as pointers must keep it.
std::uint64_t hash_suffix(Octets suffix) {
    const std::size_t size = suffix.size();
    const auto word = [&suffix]<std::unsigned_integral U>(U, std::size_t at) {
        return std::uint64_t{load_native<U>(suffix.data() + at)};
    };
    // What is shorter is read in parts that may overlap.
    if (size >= 8) {
        const std::size_t last = size - 8;
        const auto hash = mix_hash(mix_hash(size, word(std::uint64_t{}, 0)),
                                   word(std::uint64_t{}, std::min<std::size_t>(last, 8)));
        return size <= 16 ? hash : mix_hash(hash, word(std::uint64_t{}, std::min<std::size_t>(last, 16)));
    }
    if (size >= 4) return mix_hash(size, word(std::uint32_t{}, 0) << 32 | word(std::uint32_t{}, size - 4));
    return mix_hash(size, word(std::uint16_t{}, 0));
}

}  // namespace

void MessageWriter::start(std::span<std::byte> buffer, std::size_t limit) {
    buffer_ = buffer.first(std::min(buffer.size(), max_message_octets));
    size_ = header_octets;
    reserved_ = 0;
    question_octets_ = 0;
    question_remembered_ = false;
    if (++message_ == 0) {
        targets_.fill({});
        message_ = 1;
    }
    owner_pointer_ = 0;
    common_at_ = {};
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
    if (common_at_.at >= size_) common_at_ = {};
    forget_from(size_);
}

void MessageWriter::forget_from(std::size_t at) {
    for (Target& target : targets_) {
        if (target.at >= at) target.message = 0;
    }
}

/// `target`, if `suffix` stands there and may be pointed at; else at 0. `known` octets at
/// the end of `suffix` stand at common_at_ (or are just the root).
MessageWriter::Written MessageWriter::stands_at(Octets suffix, std::size_t known, std::size_t target) const {
    std::size_t at = target;
    std::size_t compared = 0;
    unsigned hops = 0;
    for (;;) {
        const auto length = std::to_integer<std::size_t>(buffer_[at]);
        if (length > max_label_octets) {
            at = load_big_endian<std::uint16_t>(buffer_.data() + at) & max_pointer_target;
            ++hops;
            continue;
        }
        if (known > 1 && at == common_at_.at) {
            if (compared + known != suffix.size()) return {};
            hops += common_at_.hops;
            break;
        }
        // Exact case: a pointer must not change the case of what the zone or the question says. The length
        // is compared first, so there are as many octets to compare in both.
        if (suffix[compared] != buffer_[at]) return {};
        if (length == 0) break;
        if (!equal_octets(suffix.subspan(compared + 1, length), Octets(buffer_).subspan(at + 1, length)))
            return {};
        compared += 1 + length;
        at += 1 + length;
    }
    return hops < max_hops ? Written{target, hops} : Written{};
}

void MessageWriter::set_common_suffix(NameView suffix) {
    common_ = Name(suffix);
    common_at_ = {};
}

bool MessageWriter::ends_in_common(Octets name) const {
    const Octets common = common_.octets();
    return common.size() > 1 && name.size() >= common.size() &&
           equal_octets(name.last(common.size()), common);
}

/// `name` is about to be written, `literal` octets of it and a pointer to `rest`: does the common suffix then
/// stand there?
void MessageWriter::find_common(Octets name, std::size_t literal, const Written& rest) {
    const std::size_t start = name.size() - common_.octets().size();
    std::size_t at = 0;
    while (at < start)
        at += 1 + std::to_integer<std::size_t>(name[at]);
    if (at != start) return;  // its octets, but not its labels
    const Written found = start == literal ? rest : Written{size_ + start, written_.hops};
    if (start <= literal && found.at <= max_pointer_target && found.hops < max_hops) common_at_ = found;
}

void MessageWriter::remember_question() {
    const Octets name = Octets(buffer_).subspan(header_octets, question_octets_);
    for (std::size_t label = 0; name[label] != std::byte{0};
         label += 1 + std::to_integer<std::size_t>(name[label])) {
        const std::uint64_t hash = hash_suffix(name.subspan(label));
        remember(targets_[hash % target_slots], header_octets + label,
                 static_cast<std::uint16_t>(hash >> 16));
    }
    question_remembered_ = true;
}

bool MessageWriter::ends_question(Octets name) const {
    return name.size() > 1 && name.size() <= question_octets_ &&
           equal_octets(Octets(buffer_).subspan(header_octets + question_octets_ - name.size(), name.size()),
                        name);
}

WireResult<void> MessageWriter::name(NameView name, Compress compress) {
    const auto octets = name.octets();
    // Most owners are the name asked for, or end it: no need to look any further.
    if (compress == Compress::Yes && ends_question(octets)) {
        written_ = {header_octets + question_octets_ - octets.size(), 0};
        return pointer(written_.at);
    }
    if (!question_remembered_ && question_octets_ != 0) remember_question();
    const bool in_common = ends_in_common(octets);
    std::size_t known = common_at_.at != 0 && in_common ? common_.octets().size() : 1;
    std::size_t literal = 0;  // octets that are written out
    Written rest;             // where what is behind them stands; at 0: nowhere
    while (literal + known != octets.size()) {
        const Octets suffix = octets.subspan(literal);
        const std::uint64_t hashed = hash_suffix(suffix);
        const auto hash = static_cast<std::uint16_t>(hashed >> 16);
        Target& target = targets_[hashed % target_slots];
        // The labels in front have their slots already, but do not stand in the message yet.
        if (compress == Compress::Yes && target.message == message_ && target.hash == hash &&
            target.at < size_) {
            rest = stands_at(suffix, known, target.at);
            if (rest.at != 0) break;
        }
        remember(target, size_ + literal, hash);
        literal += 1 + std::to_integer<std::size_t>(octets[literal]);
        if (literal + known > octets.size()) known = 1;  // its octets, but not its labels
    }
    if (compress == Compress::No) {
        literal = octets.size() - 1;
    } else if (rest.at == 0 && known > 1) {
        rest = common_at_;
    }
    written_ = literal == 0 && rest.at != 0 ? rest : Written{size_, rest.at != 0 ? rest.hops + 1 : 0};
    if (literal + (rest.at != 0 ? 2 : 1) > space()) {
        forget_from(size_);
        return unexpected(WireError::NoSpace);
    }
    if (common_at_.at == 0 && in_common) find_common(octets, literal, rest);
    copy_octets(buffer_.data() + size_, octets.first(literal));
    size_ += literal;
    if (rest.at != 0) return pointer(rest.at);
    buffer_[size_++] = std::byte{0};
    return {};
}

/// Writes an owner that is not the last record's.
WireResult<void> MessageWriter::new_owner(NameView name) {
    const auto octets = name.octets();
    DNS_TRY(this->name(name, Compress::Yes));
    owner_pointer_ = 0;
    if (name.is_root() || written_.at > max_pointer_target || written_.hops >= max_hops) return {};
    std::memcpy(owner_.data(), octets.data(), octets.size());
    owner_octets_ = octets.size();
    owner_pointer_ = written_.at;
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
    if (owner_pointer_ != 0 && equal_octets(owner.octets(), Octets(owner_).first(owner_octets_))) {
        DNS_TRY(pointer(owner_pointer_));
    } else {
        DNS_TRY(new_owner(owner));
    }
    return fixed_part(section, type, rr_class, ttl);
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
