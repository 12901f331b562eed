// A control server that lives, and clients that behave badly.
#include "ops/control_server.hpp"

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "ops/control_client.hpp"
#include "support/catch.hpp"
#include "support/folder.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace lockstep;
using test::Folder;

namespace {

/// What the handlers share with the test.
struct Hold {
    explicit Hold(asio::io_context& context) : released(context, asio::steady_timer::time_point::max()) {}
    asio::steady_timer released;
    std::atomic<unsigned> held{0};
};

awaitable<ControlReply> answer(Hold* hold, ControlRequest request) {
    if (request.verb == "hold") {
        ++hold->held;
        (void)co_await hold->released.async_wait(as_values);
    }
    if (request.verb == "big") co_return ControlReply::done(std::string(1'000'000, 'b'));
    if (request.verb == "both") co_return ControlReply{ExitCode::NotSo, "out\n", "err\n"};
    if (request.verb == "fail") co_return ControlReply::not_so("");
    co_return ControlReply::done(request.verb + ":" + request.zone);
}

struct Running {
    Running() {
        const auto opened = server.open(path);
        if (!opened) FAIL(opened.error().text);
        thread = std::thread([this] { context.run(); });
    }
    ~Running() {
        context.stop();
        thread.join();
    }
    void release() {
        asio::post(context, [this] { hold.released.cancel(); });
    }
    Folder folder;
    std::filesystem::path path = folder / "control.sock";
    Log log = Log::silent();
    asio::io_context context{1};
    Hold hold{context};
    ControlServer server{context, log,
                         [this](ControlRequest request) { return answer(&hold, std::move(request)); }};
    std::thread thread;
};

class Client {
public:
    explicit Client(const std::filesystem::path& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{10, 0};
        REQUIRE(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.string().size());
        REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { close(); }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    /// As much as the server takes.
    void send(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void finish_sending() const { ::shutdown(fd_, SHUT_WR); }
    /// All that comes until the server closes.
    [[nodiscard]] std::string receive_all() const {
        std::string all;
        char buffer[65536];
        for (;;) {
            const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
            if (size < 0 && errno == EAGAIN) FAIL("the server neither answers nor closes");
            if (size <= 0) return all;
            all.append(buffer, static_cast<std::size_t>(size));
        }
    }

private:
    int fd_;
};

struct Answer {
    std::string output;
    std::string errors;
    std::string exit;
    std::size_t largest_frame = 0;
};
Answer parsed(std::string_view frames) {
    Answer answer;
    while (!frames.empty()) {
        REQUIRE(frames.size() >= frame_header_octets);
        const auto length = load_big_endian<std::uint32_t>(as_octets(frames).data() + 1);
        REQUIRE(frames.size() >= frame_header_octets + length);
        REQUIRE(answer.exit.empty());  // it comes last
        auto& part = frames[0] == 'o' ? answer.output : frames[0] == 'e' ? answer.errors : answer.exit;
        part += frames.substr(frame_header_octets, length);
        answer.largest_frame = std::max<std::size_t>(answer.largest_frame, length);
        frames.remove_prefix(frame_header_octets + length);
    }
    return answer;
}
Answer ask(const Running& running, std::string_view text) {
    const Client client(running.path);
    client.send(text);
    return parsed(client.receive_all());
}
bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + seconds{10};
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

const std::string ping = "{\"verb\":\"ping\"}\n";

}  // namespace

TEST_CASE("a request is answered with its output, its errors and its exit code", "[control]") {
    const Running running;
    CHECK(ask(running, ping).output == "ping:");
    CHECK(ask(running, ping).exit == "0");
    const auto both = ask(running, "{\"verb\":\"both\"}\n");
    CHECK(both.output == "out\n");
    CHECK(both.errors == "err\n");
    CHECK(both.exit == "1");
}

TEST_CASE("a large answer comes whole, in frames of at most 64 KiB", "[control]") {
    const Running running;
    const auto big = ask(running, "{\"verb\":\"big\"}\n");
    CHECK(big.output == std::string(1'000'000, 'b'));
    CHECK(big.largest_frame == 65536);
    CHECK(big.exit == "0");
}

TEST_CASE("a malformed request is answered with exit code 2 and the reason", "[control]") {
    const Running running;
    for (const std::string& line :
         {std::string("\n"), std::string("status\n"), std::string("{}\n"), std::string("{\"verb\":\"\"}\n"),
          std::string("{\"verb\":\"x\",\"key\":1}\n"), std::string("{\"verb\":[]}\n"),
          std::string(1, '\0') + "\n", std::string(30'000, '[') + "\n", std::string("\xff\xff\xff\xff\n")}) {
        const auto answer = ask(running, line);
        CHECK(answer.exit == "2");
        CHECK(answer.errors.ends_with('\n'));
        CHECK(answer.output.empty());
    }
    CHECK(ask(running, ping).exit == "0");
}

TEST_CASE("NUL and newline within a zone's name reach the handler as they were sent", "[control]") {
    const Running running;
    const auto answer = ask(running, "{\"verb\":\"dump\",\"zone\":\"a\\u0000b\\nc\"}\n");
    CHECK(answer.output == std::string("dump:a\0b\nc", 10));
}

TEST_CASE("a request over 128 KiB is answered with exit code 2", "[control]") {
    const Running running;
    for (const std::size_t octets : {max_control_request_octets + 1, std::size_t{1'000'000}}) {
        const Client client(running.path);
        client.send(std::string(octets, 'x'));
        const auto answer = parsed(client.receive_all());
        CHECK(answer.exit == "2");
        CHECK(answer.errors == "the request is over 128 KiB\n");
    }
    CHECK(ask(running, ping).exit == "0");
}

TEST_CASE("who closes before the end of the line gets no answer", "[control]") {
    const Running running;
    for (const char* part : {"", "{", "{\"verb\":\"ping\"}"}) {
        const Client client(running.path);
        client.send(part);
        client.finish_sending();
        CHECK(client.receive_all().empty());
    }
}

TEST_CASE("who sends half a request and falls silent holds up nobody", "[control]") {
    const Running running;
    const Client silent(running.path);
    silent.send("{\"verb\":");
    const Client mute(running.path);
    for (int i = 0; i < 10; ++i)
        CHECK(ask(running, ping).exit == "0");
    silent.send("\"ping\"}\n");
    CHECK(parsed(silent.receive_all()).exit == "0");
}

TEST_CASE("of a thousand requests on one connection the first is answered, and the server lives",
          "[control]") {
    const Running running;
    std::string all;
    for (int i = 0; i < 1000; ++i)
        all += "{\"verb\":\"ping\",\"zone\":\"" + std::to_string(i) + "\"}\n";
    CHECK(ask(running, all).output == "ping:0");
    CHECK(ask(running, ping).exit == "0");
}

TEST_CASE("a client that dies before or within its answer harms nobody", "[control]") {
    Running running;
    for (int i = 0; i < 20; ++i) {
        Client client(running.path);
        client.send("{\"verb\":\"big\"}\n");
        client.close();
    }
    Client held(running.path);
    held.send("{\"verb\":\"hold\"}\n");
    REQUIRE(eventually([&] { return running.hold.held == 1; }));
    held.close();
    running.release();
    CHECK(ask(running, ping).exit == "0");
}

TEST_CASE("a hundred clients are answered at once, and more than 128 are told to come again", "[control]") {
    Running running;
    std::vector<std::unique_ptr<Client>> clients;
    for (unsigned i = 0; i < 128; ++i) {
        clients.push_back(std::make_unique<Client>(running.path));
        clients.back()->send("{\"verb\":\"hold\",\"zone\":\"" + std::to_string(i) + "\"}\n");
        if (i == 99) {
            REQUIRE(eventually([&] { return running.hold.held == 100; }));
            CHECK(ask(running, ping).exit == "0");
        }
    }
    REQUIRE(eventually([&] { return running.hold.held == 128; }));
    const auto told = ask(running, ping);
    CHECK(told.exit == "1");
    CHECK(told.errors.find("try again") != std::string::npos);
    running.release();
    for (unsigned i = 0; i < 128; ++i)
        CHECK(parsed(clients[i]->receive_all()).output == "hold:" + std::to_string(i));
    CHECK(eventually([&] { return ask(running, ping).exit == "0"; }));
}

TEST_CASE("the socket is for its owner and group, and goes with the server", "[control]") {
    std::filesystem::path path;
    const Folder folder;
    {
        asio::io_context context;
        auto log = Log::silent();
        Hold hold(context);
        ControlServer server(context, log,
                             [&](ControlRequest request) { return answer(&hold, std::move(request)); });
        path = folder / "sub" / "control.sock";
        REQUIRE(server.open(path));
        struct stat status{};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK(S_ISSOCK(status.st_mode));
        CHECK((status.st_mode & 0777) == 0660);
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the socket moves: what is being answered stays, and a place that cannot be had changes nothing",
          "[control]") {
    Running running;
    const auto moved = [&](const std::filesystem::path& path) {
        std::promise<Result<void>> done;
        asio::post(running.context, [&] { done.set_value(running.server.open(path)); });
        return done.get_future().get();
    };
    Client held(running.path);
    held.send(encode({.verb = "hold", .zone = "x"}));
    CHECK(eventually([&] { return running.hold.held == 1; }));

    const auto before = running.path;
    running.folder.write("file", "no folder");
    const auto refused = moved(running.folder / "file" / "control.sock");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().text.find("file/control.sock") != std::string::npos);
    CHECK(ask(running, ping).exit == "0");
    REQUIRE(moved(before).has_value());
    CHECK(ask(running, ping).exit == "0");

    running.path = running.folder / "other.sock";
    REQUIRE(moved(running.path).has_value());
    CHECK_FALSE(std::filesystem::exists(before));
    CHECK(ask(running, ping).exit == "0");
    running.release();
    CHECK(parsed(held.receive_all()).output == "hold:x");
}

TEST_CASE("a socket that is answered is not taken over, one that is not is", "[control]") {
    auto log = Log::silent();
    asio::io_context context;
    const auto nobody = [](ControlRequest) -> awaitable<ControlReply> { return answer(nullptr, {}); };
    SECTION("another daemon answers") {
        const Running running;
        ControlServer second(context, log, nobody);
        const auto opened = second.open(running.path);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::Exists);
        CHECK(opened.error().text.find(running.path.string()) != std::string::npos);
        second.close();
        CHECK(ask(running, ping).exit == "0");
    }
    SECTION("its daemon was killed") {
        const Folder folder;
        const auto path = folder / "control.sock";
        {
            const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            std::memcpy(address.sun_path, path.c_str(), path.string().size());
            REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
            ::close(fd);
        }
        ControlServer server(context, log, nobody);
        CHECK(server.open(path));
    }
    SECTION("it is somebody's file") {
        const Folder folder;
        const auto path = folder.write("control.sock", "precious");
        ControlServer server(context, log, nobody);
        const auto opened = server.open(path);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::Io);
        server.close();
        CHECK(folder.read("control.sock") == "precious");
    }
    SECTION("its path is too long for a socket") {
        ControlServer server(context, log, nobody);
        const auto opened = server.open("/tmp/" + std::string(200, 'x'));
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::Invalid);
    }
}

TEST_CASE("the client returns the daemon's exit code", "[control]") {
    const Running running;
    CHECK(ask_daemon(running.path, {.verb = "fail"}).value() == ExitCode::NotSo);
    CHECK(ask_daemon(running.path, {.verb = "fail", .zone = "a\nb"}).value() == ExitCode::NotSo);
}

TEST_CASE("the client says where no daemon answers", "[control]") {
    const Folder folder;
    const auto none = ask_daemon(folder / "none.sock", {.verb = "status"});
    REQUIRE_FALSE(none);
    CHECK(none.error().code == ErrorCode::NotFound);
    CHECK(none.error().text.find("none.sock") != std::string::npos);
    const auto too_long = ask_daemon("/" + std::string(200, 'x'), {.verb = "status"});
    REQUIRE_FALSE(too_long);
    CHECK(too_long.error().code == ErrorCode::Invalid);
}
