#include "store/base_file.hpp"

#include "store/codec.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lockstep {
namespace {

constexpr std::string_view name_start = "base-";
constexpr std::size_t count_octets = sizeof(std::uint32_t);
/// What others have synced meanwhile may wait for all that we have written and not synced.
constexpr std::uint64_t synced_at_once = std::uint64_t{16} << 20;

std::string base_name(std::uint64_t number) {
    return fmt::format("{}{}", name_start, number);
}

std::filesystem::path base_path(const StateDirectory& directory, std::uint64_t number) {
    return directory.path() / base_name(number);
}

/// By errno: what says nothing about the file is no damage.
Error read_error(const std::filesystem::path& path) {
    const int reason = errno;
    Error error = disk_error(path);
    if (reason == ENOENT || reason == ELOOP || reason == EIO) error.code = ErrorCode::Corrupt;
    return error;
}

}  // namespace

Result<std::vector<std::uint64_t>> base_files(const StateDirectory& directory) {
    std::vector<std::uint64_t> numbers;
    std::error_code failed;
    for (std::filesystem::directory_iterator each(directory.path(), failed), end; !failed && each != end;
         each.increment(failed)) {
        const std::string name = each->path().filename();
        if (!name.starts_with(name_start)) continue;
        std::uint64_t number = 0;
        (void)std::from_chars(name.data() + name_start.size(), name.data() + name.size(), number);
        if (number != 0 && number <= largest_base_number && name == base_name(number))
            numbers.push_back(number);
    }
    if (failed) return unexpected(disk_error(directory.path(), failed));
    return numbers;
}

Result<void> remove_base_file(const StateDirectory& directory, std::uint64_t number) {
    const auto file = base_path(directory, number);
    if (directory.calls().remove(file) != 0 && errno != ENOENT) return unexpected(disk_error(file));
    return {};
}

Result<void> set_base_file_aside(const StateDirectory& directory, std::uint64_t number,
                                 std::string_view ending) {
    const auto file = base_path(directory, number);
    auto aside = file;
    aside += ending;
    if (directory.calls().rename(file, aside) != 0 && errno != ENOENT) return unexpected(disk_error(file));
    return {};
}

Result<std::unique_ptr<NewBaseFile>> NewBaseFile::create(const StateDirectory& directory,
                                                         std::uint64_t number) {
    const auto path = base_path(directory, number);
    Descriptor file(directory.calls().create(path));
    if (file.number() < 0) return unexpected(disk_error(path));
    return std::unique_ptr<NewBaseFile>(new NewBaseFile(directory, number, std::move(file)));
}

NewBaseFile::~NewBaseFile() {
    // What cannot be removed now is when the directory is opened next.
    if (!stays_) (void)remove_base_file(directory_, number_);
}

Result<void> NewBaseFile::add(Octets sealed_chunk) {
    std::array<std::byte, count_octets> count;
    store_big_endian(count.data(), static_cast<std::uint32_t>(sealed_chunk.size()));
    for (const Octets octets : {Octets(count), sealed_chunk}) {
        if (directory_.calls().write(file_.number(), octets, octets_) != 0)
            return unexpected(disk_error(base_path(directory_, number_)));
        octets_ += octets.size();
    }
    if (octets_ - synced_ < synced_at_once) return {};
    return sync_content();
}

Result<void> NewBaseFile::sync_content() {
    if (directory_.calls().sync_content(file_.number()) != 0)
        return unexpected(disk_error(base_path(directory_, number_)));
    synced_ = octets_;
    return {};
}

Result<void> NewBaseFile::sync() {
    DNS_TRY(sync_content());
    return directory_.sync();
}

Result<BaseFile> BaseFile::open(const StateDirectory& directory, std::uint64_t number) {
    auto path = base_path(directory, number);
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat about{};
    if (file.number() < 0 || ::fstat(file.number(), &about) != 0) return unexpected(read_error(path));
    return BaseFile(std::move(path), std::move(file), static_cast<std::uint64_t>(about.st_size));
}

Result<void> BaseFile::read(std::span<std::byte> to) {
    if (to.size() > octets_ - at_) return fail(ErrorCode::Corrupt, path_.string() + " ends too early");
    while (!to.empty()) {
        const auto got = ::pread(file_.number(), to.data(), to.size(), static_cast<off_t>(at_));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unexpected(read_error(path_));
        if (got == 0) return fail(ErrorCode::Corrupt, path_.string() + " was cut while it was read");
        to = to.subspan(static_cast<std::size_t>(got));
        at_ += static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<Octets> BaseFile::next_chunk() {
    std::array<std::byte, count_octets> count;
    DNS_TRY(read(count));
    const std::size_t octets = load_big_endian<std::uint32_t>(count.data());
    if (octets > octets_ - at_)
        return fail(ErrorCode::Corrupt, path_.string() + " ends before its chunk does");
    chunk_.resize(octets);
    DNS_TRY(read(chunk_));
    return Octets(chunk_);
}

}  // namespace lockstep
