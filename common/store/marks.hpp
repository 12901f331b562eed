#pragma once
// What is remembered beside a zone's content, and changes with it in one transaction: how what a primary
// serves differs from the zone's file.
//
// Threads: values. Errors: none. Limits: a change costs O(log n), whatever the number of marks.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// One thing to remember beside a zone's content, opaque to the store: key and value are octets. Value type.
struct Mark {
    std::string key;
    std::string value;
    bool operator==(const Mark&) const = default;
};

/// What becomes of one mark. Value type.
struct MarkChange {
    std::string key;
    std::optional<std::string> value;  // nothing: it goes
};

/// A mark with the number of its row, within its zone. Value type.
struct StoredMark {
    std::uint64_t number = 0;
    Mark mark;
};

/// All marks of one zone, as memory has them. Value type.
class Marks {
public:
    /// What is to be written of one mark.
    struct Step {
        std::string key;
        std::uint64_t number = 0;
        std::optional<std::string> value;  // nothing: the row goes
    };

    /// What changes come to.
    struct Plan {
        std::vector<Step> steps;
        std::uint64_t size = 0;  // how many marks there are afterwards
        bool from_none = false;  // before there are none
    };

    /// Of changes to one key the last counts; what stays as it is is no step.
    [[nodiscard]] Plan plan(const std::vector<MarkChange>& changes) const;
    /// Does what plan() said, once it is stored.
    void keep(const Plan& plan);
    /// Takes up one as it is stored.
    void add(StoredMark stored);

    [[nodiscard]] std::uint64_t size() const { return by_key_.size(); }
    [[nodiscard]] std::optional<std::string> find(std::string_view key) const;
    /// By key.
    [[nodiscard]] std::vector<Mark> all() const;
    [[nodiscard]] std::vector<StoredMark> stored() const;

private:
    struct Kept {
        std::uint64_t number = 0;
        std::string value;
    };
    std::map<std::string, Kept, std::less<>> by_key_;
    std::uint64_t next_ = 1;
};

}  // namespace lockstep
