#pragma once
// How much this process has allocated and not freed, under a sanitizer too.

#include <cstddef>
#include <malloc.h>

extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace lockstep::test {

inline std::size_t allocated_octets() {
    if (&__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
    return ::mallinfo2().uordblks;
}

}  // namespace lockstep::test
