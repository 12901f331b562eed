#include "config/text_file.hpp"

#include "base/descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lockstep {
namespace {

std::unexpected<Error> system_failure(int number) {
    const auto code = number == ENOENT || number == ENOTDIR ? ErrorCode::NotFound : ErrorCode::Io;
    return fail(code, std::generic_category().message(number));
}

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& file, std::size_t most, FileAccess access) {
    // Without O_NONBLOCK, opening a pipe would wait for a writer.
    const Descriptor open_file(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (open_file.number() < 0) return system_failure(errno);
    struct stat about{};
    if (fstat(open_file.number(), &about) != 0) return system_failure(errno);
    if (S_ISDIR(about.st_mode)) return fail(ErrorCode::Invalid, "is a directory");
    if (!S_ISREG(about.st_mode)) return fail(ErrorCode::Invalid, "is not a regular file");
    if (access == FileAccess::Private && (about.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
        return fail(ErrorCode::Refused,
                    fmt::format("others may read or write this secret (mode {:04o}): chmod 0640 or 0600",
                                about.st_mode & 07777U));
    }
    std::string content;
    std::array<char, 65536> buffer;
    while (true) {
        const auto got = read(open_file.number(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_failure(errno);
        if (got == 0) return content;
        content.append(buffer.data(), static_cast<std::size_t>(got));
        if (content.size() > most)
            return fail(ErrorCode::Limit, fmt::format("is larger than {} octets", most));
    }
}

}  // namespace lockstep
