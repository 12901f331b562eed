#include "base/log.hpp"

#include "support/catch.hpp"
#include "support/folder.hpp"

#include <cstdio>
#include <fcntl.h>
#include <string>
#include <unistd.h>

using namespace lockstep;
using lockstep::test::Folder;

namespace {

/// What is written to standard error while it lives. Resource type.
class StandardError {
public:
    StandardError() : before_(::dup(STDERR_FILENO)) {
        const int file = ::open((folder_ / "stderr").c_str(), O_RDWR | O_CREAT | O_APPEND, 0600);
        REQUIRE(file >= 0);
        ::dup2(file, STDERR_FILENO);
        ::close(file);
    }
    ~StandardError() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
    }
    StandardError(const StandardError&) = delete;
    StandardError& operator=(const StandardError&) = delete;

    /// The last word of each line.
    [[nodiscard]] std::string words() const {
        std::string words;
        const auto text = folder_.read("stderr");
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find('\n', at);
            const auto line = text.substr(at, end - at);
            words += line.substr(line.rfind(' ') + 1) + ",";
            if (end == std::string::npos) break;
            at = end + 1;
        }
        return words;
    }

private:
    Folder folder_;
    int before_;
};

}  // namespace

TEST_CASE("a line is written at once", "[base]") {
    const StandardError written;
    Log log(LogLevel::Info);
    log.debug("zero");
    log.info("one");
    CHECK(written.words() == "one,");
    log.error("{}", "two");
    CHECK(written.words() == "one,two,");
}

TEST_CASE("lines that are gathered are written in their order, by the end or with a warning", "[base]") {
    const StandardError written;
    Log log(LogLevel::Info);
    {
        const Log::Gathering outer(log);
        log.info("one");
        {
            const Log::Gathering inner(log);
            log.info("two");
        }
        CHECK(written.words().empty());
        log.warning("three");
        CHECK(written.words() == "one,two,three,");
        log.info("four");
        CHECK(written.words() == "one,two,three,");
    }
    CHECK(written.words() == "one,two,three,four,");
    log.info("five");
    CHECK(written.words() == "one,two,three,four,five,");
}

TEST_CASE("gathered lines do not pile up", "[base]") {
    const StandardError written;
    Log log(LogLevel::Info);
    const Log::Gathering gathering(log);
    log.info("{} a", std::string(2100, 'x'));
    CHECK(written.words().empty());
    log.info("{} b", std::string(2100, 'x'));
    CHECK(written.words() == "a,");
    log.info("{} c", std::string(9000, 'x'));  // longer than what may wait
    CHECK(written.words() == "a,b,");
    log.info("d");
    CHECK(written.words() == "a,b,c,");
}
