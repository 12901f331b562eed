// Names in the state directory on a disk that loses, when the power goes, any of what was not synced.

#include "store/state_directory.hpp"

#include "scratch.hpp"

#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

struct PowerCut {};

/// Cuts the power before its `nth` call.
class ForgetfulDirectory final : public DiskCalls {
public:
    explicit ForgetfulDirectory(unsigned nth) : left_(nth) {}
    int rename(const fs::path& from, const fs::path& to) override {
        count();
        const int status = DiskCalls::rename(from, to);
        if (status == 0) since_.emplace_back(from, to);
        return status;
    }
    int sync(const fs::path&) override {
        count();
        since_.clear();
        return 0;
    }
    /// How many renames may or may not be on the disk.
    [[nodiscard]] std::size_t undecided() const { return since_.size(); }
    /// Undoes those whose bit in `lost` is set, the last first.
    void lose(unsigned lost) {
        for (std::size_t i = since_.size(); i-- > 0;) {
            if ((lost >> i & 1U) != 0) fs::rename(since_[i].second, since_[i].first);
        }
    }

private:
    void count() {
        if (left_-- == 0) throw PowerCut{};
    }
    unsigned left_;
    std::vector<std::pair<fs::path, fs::path>> since_;
};

}  // namespace

TEST_CASE("whenever the power goes, a state file never meets the log of another", "[store][fault]") {
    const WallTime now{seconds{1'790'000'000}};
    unsigned cuts = 0;
    bool finished = false;
    for (unsigned nth = 0; !finished; ++nth) {
        for (unsigned lost = 0; lost < 8; ++lost) {
            INFO("the power goes before call " << nth << ", lost: " << lost);
            const ScratchDirectory scratch;
            const fs::path& path = scratch.path();
            write_file(path / "state.db", "old");
            write_file(path / "state.db-wal", "old log");
            const auto calls = std::make_shared<ForgetfulDirectory>(nth);
            {
                auto directory = StateDirectory::open(path, calls);
                REQUIRE(directory.has_value());
                write_file(path / "state.db.new", "next");
                try {
                    const auto replaced = directory->replace(now);
                    finished = replaced.has_value();
                } catch (const PowerCut&) {
                    ++cuts;
                }
            }
            if (lost >> calls->undecided() != 0) continue;
            calls->lose(lost);
            REQUIRE(StateDirectory::open(path).has_value());
            const std::string file = read_file(path / "state.db");
            const bool has_log = fs::exists(path / "state.db-wal");
            CHECK(((file == "old" && has_log) || (file == "next" && !has_log)));
            CHECK_FALSE(fs::exists(path / "state.db.new"));
        }
    }
    CHECK(cuts > 5);
}
