#pragma once
// What is made once and measured many times: Google Benchmark calls a function again and again until it has
// run for long enough.
//
// Threads: one.

#include <cstdint>
#include <map>
#include <vector>

namespace lockstep::bench {

/// What ends everything that kept() holds. main calls them, last made first: after it the libraries are gone
/// whose memory some of it is in.
inline std::vector<void (*)()>& endings() {
    static std::vector<void (*)()> all;
    return all;
}

/// What `make(size)` yields, made once for each size.
template <auto make>
const auto& kept(std::int64_t size) {
    static std::map<std::int64_t, decltype(make(size))> made;
    if (made.empty()) endings().push_back([] { made.clear(); });
    const auto at = made.find(size);
    return at != made.end() ? at->second : made.emplace(size, make(size)).first->second;
}

}  // namespace lockstep::bench
