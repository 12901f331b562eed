#pragma once
// The log: one line an event, to stderr, with a level that journald understands.

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
}

namespace lockstep {

enum class LogLevel { Debug, Info, Warning, Error };

/// Where events are told. Resource type, one a process, passed by reference. Threads: any.
class Log {
public:
    /// To stderr: with time and level as text, or with journald's `<N>` prefix where the service manager
    /// reads it.
    explicit Log(LogLevel level);
    /// Tells nobody: for unit tests.
    [[nodiscard]] static Log silent();
    ~Log();
    Log(Log&&) noexcept;

    class StderrSink;
    /// While one of these lives, lines below a warning, of all threads, wait until 4096 octets of them have
    /// come together, there is a warning, or it ends: for thousands of lines. Each has its own time; whoever
    /// is killed loses those that wait. In colour, on a terminal, none waits. Resource type.
    class Gathering {
    public:
        explicit Gathering(const Log& log);
        Gathering(const Gathering&) = delete;
        Gathering& operator=(const Gathering&) = delete;
        ~Gathering();

    private:
        std::shared_ptr<StderrSink> sink_;  // null where no line waits
    };

    void set_level(LogLevel level);
    [[nodiscard]] bool wants(LogLevel level) const;
    void write(LogLevel level, std::string_view text);

    template <class... Args>
    void debug(fmt::format_string<Args...> format, Args&&... args) {
        formatted(LogLevel::Debug, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void info(fmt::format_string<Args...> format, Args&&... args) {
        formatted(LogLevel::Info, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void warning(fmt::format_string<Args...> format, Args&&... args) {
        formatted(LogLevel::Warning, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void error(fmt::format_string<Args...> format, Args&&... args) {
        formatted(LogLevel::Error, format, std::forward<Args>(args)...);
    }

private:
    explicit Log(std::shared_ptr<spdlog::logger> logger);
    template <class... Args>
    void formatted(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
        if (wants(level)) write(level, fmt::format(format, std::forward<Args>(args)...));
    }

    std::shared_ptr<spdlog::logger> logger_;
    std::shared_ptr<StderrSink> sink_;  // null where it is another
    bool journald_ = false;             // reads what is written
};

}  // namespace lockstep
