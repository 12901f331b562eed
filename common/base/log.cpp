#include "base/log.hpp"

#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
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

bool under_journald() {
    return std::getenv("JOURNAL_STREAM") != nullptr;
}

std::shared_ptr<spdlog::logger> make_stderr_logger() {
    if (isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {
        return std::make_shared<spdlog::logger>("lockstep",
                                                std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    }
    return std::make_shared<spdlog::logger>("lockstep", std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

}  // namespace

Log::Log(LogLevel level) : logger_(make_stderr_logger()) {
    logger_->set_pattern(under_journald() ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v",
                         spdlog::pattern_time_type::utc);
    logger_->flush_on(spdlog::level::debug);
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

void Log::set_level(LogLevel level) {
    logger_->set_level(to_spdlog(level));
}

bool Log::wants(LogLevel level) const {
    return logger_->should_log(to_spdlog(level));
}

void Log::write(LogLevel level, std::string_view text) {
    if (under_journald()) {
        logger_->log(to_spdlog(level), "{}{}", journald_prefix(level), text);
    } else {
        logger_->log(to_spdlog(level), "{}", text);
    }
}

}  // namespace lockstep
