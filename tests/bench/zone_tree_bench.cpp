// Measures what a zone's ordered map costs: zone_tree_bench [DELEGATIONS [zone]]. Both candidates of the
// decision in common/README.md hold the same entries; the whole of a ZoneBuilder's work is measured behind
// them. CPU time throughout.

#include "qp_trie.hpp"
#include "registry.hpp"
#include "zone/builder.hpp"
#include "zone/changeset.hpp"
#include "zone/node.hpp"
#include "zone/snapshot.hpp"
#include "zone/tree.hpp"
#include "zone/tree_writer.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <malloc.h>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::bench {
namespace {

class Stopwatch {
public:
    [[nodiscard]] double seconds() const { return now() - start_; }

private:
    static double now() {
        timespec time{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }
    double start_ = now();
};

double allocated_megabytes() {
    const auto info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd) / 1e6;
}

[[gnu::format(printf, 2, 3)]] void row(const char* what, const char* format, ...) {
    std::printf("  %-44s ", what);
    va_list arguments;
    va_start(arguments, format);
    std::vprintf(format, arguments);
    va_end(arguments);
    std::printf("\n");
    std::fflush(stdout);
}

/// The best of five rounds of `work(0)` to `work(count - 1)`: the machine is shared.
template <class Work>
double nanoseconds_each(std::size_t count, const Work& work) {
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
        const Stopwatch watch;
        for (std::size_t i = 0; i < count; ++i)
            work(i);
        best = std::min(best, watch.seconds());
    }
    return best * 1e9 / static_cast<double>(count);
}

struct Entry {
    std::string key;
    std::string value;
};

std::vector<Entry> entries_of(const ZoneSnapshot& zone) {
    std::vector<Entry> entries;
    NameKey key;
    for (TreeCursor at = zone.tree().begin(); at; at.next()) {
        at.read_key(key);
        entries.push_back({std::string(as_text(key.octets())), std::string(as_text(at.value()))});
    }
    return entries;
}

struct BPlusTree {
    static constexpr const char* name = "B+tree of packed pages";
    ZoneTree tree;
    void build_sorted(const std::vector<Entry>& entries) {
        TreeWriter writer;
        for (const Entry& entry : entries)
            writer.append(as_octets(entry.key), as_octets(entry.value));
        tree = std::move(writer).finish();
    }
    void build_unsorted(const std::vector<const Entry*>& shuffled) {
        std::vector<const Entry*> sorted = shuffled;
        std::sort(sorted.begin(), sorted.end(),
                  [](const Entry* a, const Entry* b) { return a->key < b->key; });
        TreeWriter writer;
        for (const Entry* entry : sorted)
            writer.append(as_octets(entry->key), as_octets(entry->value));
        tree = std::move(writer).finish();
    }
    std::size_t walk() const {
        std::size_t sum = 0;
        NameKey key;
        for (TreeCursor at = tree.begin(); at; at.next()) {
            at.read_key(key);
            sum += key.size() + at.value().size();
        }
        return sum;
    }
};

struct Qp {
    static constexpr const char* name = "qp-trie";
    QpTrie tree;
    void build_sorted(const std::vector<Entry>& entries) {
        for (const Entry& entry : entries)
            tree.put(as_octets(entry.key), as_octets(entry.value));
    }
    void build_unsorted(const std::vector<const Entry*>& shuffled) {
        for (const Entry* entry : shuffled)
            tree.put(as_octets(entry->key), as_octets(entry->value));
    }
    std::size_t walk() const {
        std::size_t sum = 0;
        tree.walk([&](Octets key, Octets value) { sum += key.size() + value.size(); });
        return sum;
    }
};

template <class Candidate>
void measure(const std::vector<Entry>& entries, const std::vector<const Entry*>& shuffled) {
    std::printf("%s\n", Candidate::name);
    const auto names = static_cast<double>(entries.size());
    {
        Candidate candidate;
        const Stopwatch watch;
        candidate.build_unsorted(shuffled);
        row("build from unsorted entries", "%.3f s", watch.seconds());
    }
    const double before = allocated_megabytes();
    Candidate candidate;
    {
        const Stopwatch watch;
        candidate.build_sorted(entries);
        row("build from sorted entries", "%.3f s", watch.seconds());
    }
    const double megabytes = allocated_megabytes() - before;
    row("memory", "%.1f MB, %.1f octets a name", megabytes, megabytes * 1e6 / names);

    const std::size_t lookups = std::min<std::size_t>(shuffled.size(), 1000000);
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < lookups; ++i) {
        std::string key = shuffled[i]->key;
        key.insert(key.size() / 2, "x");
        missing.push_back(key);
    }
    std::vector<std::string> existing;
    for (std::size_t i = 0; i < lookups; ++i)
        existing.push_back(shuffled[i]->key);
    std::size_t found = 0;
    const auto look_up = [&](const char* what, const std::vector<std::string>& keys) {
        row(what, "%.0f ns", nanoseconds_each(keys.size(), [&](std::size_t i) {
                found += candidate.tree.find(as_octets(keys[i])).has_value();
            }));
    };
    look_up("lookup of random names that exist", existing);
    look_up("lookup of random names that do not", missing);
    {
        const Stopwatch watch;
        const std::size_t sum = candidate.walk();
        row("walk in order", "%.3f s (%zu octets)", watch.seconds(), sum);
    }
    constexpr std::size_t versions = 2000;
    {
        const Stopwatch watch;
        for (std::size_t i = 0; i < versions; ++i) {
            Candidate next = candidate;
            next.tree.put(as_octets(shuffled[i * 7]->key), as_octets(shuffled[i]->value));
            candidate = std::move(next);
        }
        row("version of one change, the old one dropped", "%.1f us", watch.seconds() * 1e6 / versions);
    }
    {
        std::vector<Candidate> kept;
        kept.reserve(versions);
        const double start = allocated_megabytes();
        for (std::size_t i = 0; i < versions; ++i) {
            kept.push_back(kept.empty() ? candidate : kept.back());
            kept.back().tree.put(as_octets(shuffled[i * 11 + 5]->key), as_octets(shuffled[i]->value));
        }
        row("memory of a version of one change", "%.1f KB", (allocated_megabytes() - start) * 1e3 / versions);
    }
    {
        const Stopwatch watch;
        candidate = Candidate{};
        row("drop the last version", "%.3f s", watch.seconds());
    }
    if (found == 0) std::abort();
}

void measure_builder(Registry& registry) {
    std::printf("ZoneBuilder and ZoneSnapshot\n");
    const auto build = [&](const char* what) {
        // Records are made before the clock starts, as a parser would hand them over.
        RecordList records;
        registry.each([&](const Record& record) {
            records.append({record.owner, record.type, Ttl{3600}, record.rdata});
        });
        const double before = allocated_megabytes();
        const Stopwatch watch;
        ZoneBuilder builder(registry.apex);
        for (const RecordView record : records)
            builder.add(record);
        row("add() of all", "%.3f s", watch.seconds());
        auto zone = std::move(builder).finish();
        const double seconds = watch.seconds();
        const double megabytes = allocated_megabytes() - before;
        row(what, "%.3f s, %.0f ns a record", seconds, seconds * 1e9 / static_cast<double>(records.size()));
        row("memory", "%.1f MB, %.1f octets a record", megabytes,
            megabytes * 1e6 / static_cast<double>(records.size()));
        return *zone;
    };
    build("build from records in random order of owners");
    registry.sort();
    const ZonePtr zone = build("build from sorted records");

    std::mt19937_64 random(1);
    std::vector<Name> asked;
    for (int i = 0; i < 1000000; ++i)
        asked.push_back(below(registry.labels[random() % registry.labels.size()], registry.apex));
    std::size_t found = 0;
    const auto ask = [&](const char* what, const auto& work) {
        row(what, "%.0f ns", nanoseconds_each(asked.size(), [&](std::size_t i) { found += work(asked[i]); }));
    };
    ask("find() of random delegations", [&](const Name& name) { return zone->find(name).has_value(); });
    ask("locate() of random delegations", [&](const Name& name) { return zone->locate(LabelledName(name)).exists; });
    for (Name& name : asked)
        name = below("www", name);
    ask("locate() of names below delegations",
        [&](const Name& name) { return zone->locate(LabelledName(name)).encloser_labels; });
    {
        const Stopwatch watch;
        for (ZoneCursor at = zone->begin(); at; at.next())
            found += at.owner().size();
        row("walk with owners", "%.3f s", watch.seconds());
    }
    ZonePtr next = zone;
    constexpr int changes = 500;
    double diffing = 0;
    const Stopwatch watch;
    for (int i = 0; i < changes; ++i) {
        ZoneBuilder builder(next);
        Soa soa = next->soa();
        const OctetString old_soa = soa.rdata();
        soa.serial = soa.serial.advanced();
        const OctetString new_soa = soa.rdata();
        builder.remove({registry.apex, RrType::SOA, Ttl{3600}, old_soa});
        builder.add({registry.apex, RrType::SOA, Ttl{3600}, new_soa});
        const OctetString address{std::byte{10}, std::byte{1}, std::byte(i >> 8), std::byte(i & 0xff)};
        builder.add({asked[static_cast<std::size_t>(i)], RrType::A, Ttl{3600}, address});
        const ZonePtr made = *std::move(builder).finish();
        const Stopwatch diff_watch;
        found += diff(*next, *made).added.size();
        diffing += diff_watch.seconds();
        next = made;
    }
    row("version: SOA and one record changed", "%.1f us", (watch.seconds() - diffing) * 1e6 / changes);
    row("diff of two such", "%.1f us", diffing * 1e6 / changes);
    {
        ZoneBuilder builder(next);
        const Stopwatch bulk;
        for (std::size_t i = 0; i < 100000; ++i) {
            builder.add({asked[i], RrType::TXT, Ttl{3600}, OctetString(5, std::byte{4})});
        }
        row("a record added to a base, of 100,000", "%.2f us", bulk.seconds() * 10);
    }
    if (found == 0) std::abort();
}

}  // namespace
}  // namespace lockstep::bench

int main(int argc, char** argv) {
    using namespace lockstep;
    using namespace lockstep::bench;
    const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000000;
    Registry registry(count);
    if (argc <= 2) {
        std::vector<Entry> entries;
        {
            const ZonePtr zone = registry.zone();
            entries = entries_of(*zone);
            std::printf("%zu delegations, %llu names, %llu records, %.1f MB as a record list\n", count,
                        static_cast<unsigned long long>(zone->name_count()),
                        static_cast<unsigned long long>(zone->record_count()),
                        static_cast<double>(zone->wire_octets()) / 1e6);
        }
        std::vector<const Entry*> shuffled;
        for (const Entry& entry : entries)
            shuffled.push_back(&entry);
        std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937_64(3));
        measure<BPlusTree>(entries, shuffled);
        measure<Qp>(entries, shuffled);
    }
    measure_builder(registry);
}
