#include "base/log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <unistd.h>

namespace lockstep {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
    case LogLevel::Debug: return spdlog::level::debug;
    case LogLevel::Info: return spdlog::level::info;
    case LogLevel::Warning: return spdlog::level::warn;
    case LogLevel::Error: break;
    }
    return spdlog::level::err;
}

/// journald reads a syslog priority in angle brackets at the start of a line (sd-daemon(3)).
std::string_view journald_prefix(LogLevel level) {
    switch (level) {
    case LogLevel::Debug: return "<7>";
    case LogLevel::Info: return "<6>";
    case LogLevel::Warning: return "<4>";
    case LogLevel::Error: break;
    }
    return "<3>";
}

constexpr std::size_t gathered_octets = 4096;  // which a pipe takes as a whole (PIPE_BUF)

}  // namespace

/// Resource type.
class Log::StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    void begin_gathering() {
        const std::lock_guard lock(mutex_);
        ++gatherings_;
    }
    void end_gathering() {
        const std::lock_guard lock(mutex_);
        if (--gatherings_ == 0) flush_();
    }

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        if (lines_.size() + line.size() > gathered_octets) flush_();
        lines_.append(line.data(), line.size());
        if (gatherings_ == 0 || message.level >= spdlog::level::warn) flush_();
    }
    void flush_() override {
        if (lines_.empty()) return;
        // There is nobody to tell where it fails.
        (void)std::fwrite(lines_.data(), 1, lines_.size(), stderr);
        (void)std::fflush(stderr);
        lines_.clear();
    }

    std::string lines_;
    int gatherings_ = 0;
};

Log::Log(LogLevel level) : journald_(std::getenv("JOURNAL_STREAM") != nullptr) {
    if (isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {
        logger_ = std::make_shared<spdlog::logger>("lockstep",
                                                   std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    } else {
        sink_ = std::make_shared<StderrSink>();
        logger_ = std::make_shared<spdlog::logger>("lockstep", sink_);
    }
    logger_->set_pattern(journald_ ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v",
                         spdlog::pattern_time_type::utc);
    set_level(level);
}

Log::Log(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}
Log::~Log() = default;
Log::Log(Log&&) noexcept = default;

Log Log::silent() {
    auto logger = std::make_shared<spdlog::logger>("silent", std::make_shared<spdlog::sinks::null_sink_mt>());
    logger->set_level(spdlog::level::off);
    return Log(std::move(logger));
}

Log::Gathering::Gathering(const Log& log) : sink_(log.sink_) {
    if (sink_) sink_->begin_gathering();
}

Log::Gathering::~Gathering() {
    if (sink_) sink_->end_gathering();
}

void Log::set_level(LogLevel level) {
    logger_->set_level(to_spdlog(level));
}

bool Log::wants(LogLevel level) const {
    return logger_->should_log(to_spdlog(level));
}

void Log::write(LogLevel level, std::string_view text) {
    if (journald_) {
        logger_->log(to_spdlog(level), "{}{}", journald_prefix(level), text);
    } else {
        logger_->log(to_spdlog(level), "{}", text);
    }
}

}  // namespace lockstep
