// Turnstile, gate and blocking work: what coroutines wait with.
#include "net/blocking.hpp"
#include "net/gate.hpp"
#include "net/turnstile.hpp"
#include "support/catch.hpp"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace lockstep;

namespace {

struct Scene {
    asio::io_context context;
    Log log = Log::silent();
    Gate gate{context, log};
    std::string seen;
    std::size_t inside = 0;
    std::size_t most_inside = 0;
};

/// Lets everything that is ready run, `times` times round.
awaitable<void> rounds(unsigned times) {
    auto executor = co_await asio::this_coro::executor;
    for (unsigned i = 0; i < times; ++i)
        co_await asio::post(executor, asio::use_awaitable);
}

awaitable<void> pass_through(Scene* scene, Turnstile* turnstile, char name, unsigned stays) {
    const auto pass = co_await turnstile->enter();
    scene->most_inside = std::max(scene->most_inside, ++scene->inside);
    scene->seen += name;
    co_await rounds(stays);
    --scene->inside;
}

awaitable<void> hand_on(Scene* scene, Turnstile* turnstile) {
    auto first = co_await turnstile->enter();
    const auto second = std::move(first);
    scene->seen += 'm';
    co_await rounds(3);
}

awaitable<void> fail_loudly() {
    co_await rounds(1);
    throw std::runtime_error("a bug");
}

awaitable<void> add_two(asio::thread_pool* pool, std::thread::id* worked_on, std::thread::id* resumed_on,
                        std::string* result) {
    auto work = [worked_on, text = std::make_unique<std::string>("moved ")] {
        *worked_on = std::this_thread::get_id();
        return Result<std::unique_ptr<std::string>>(std::make_unique<std::string>(*text + "in and out"));
    };
    auto got = co_await run_blocking(pool, std::move(work));
    *resumed_on = std::this_thread::get_id();
    *result = **got;
}

awaitable<void> work_that_fails(asio::thread_pool* pool, std::string* result) {
    auto work = [] { return Result<int>(fail(ErrorCode::Io, "disk full")); };
    auto got = co_await run_blocking(pool, work);
    *result = got ? "done" : got.error().text;
}

}  // namespace

TEST_CASE("a turnstile lets one through at a time, in the order in which they came", "[turnstile]") {
    Scene scene;
    Turnstile turnstile;
    for (const char name : std::string("abcdefgh"))
        scene.gate.spawn(pass_through(&scene, &turnstile, name, static_cast<unsigned>(name) % 3U));
    scene.context.run();
    CHECK(scene.seen == "abcdefgh");
    CHECK(scene.most_inside == 1);
    CHECK(scene.gate.running() == 0);
}

TEST_CASE("a turnstile of three places lets three through at a time", "[turnstile]") {
    Scene scene;
    Turnstile turnstile(3);
    for (const char name : std::string("abcdefgh"))
        scene.gate.spawn(pass_through(&scene, &turnstile, name, 4));
    scene.context.run();
    CHECK(scene.seen == "abcdefgh");
    CHECK(scene.most_inside == 3);
}

TEST_CASE("a turnstile of more places lets in who waits, one of fewer none until there is room",
          "[turnstile]") {
    Scene scene;
    Turnstile turnstile(1);
    for (const char name : std::string("abcdef"))
        scene.gate.spawn(pass_through(&scene, &turnstile, name, 4));
    scene.context.poll_one();
    turnstile.set_places(3);
    scene.context.run();
    CHECK(scene.seen == "abcdef");
    CHECK(scene.most_inside == 3);

    Scene next;
    Turnstile narrower(3);
    for (const char name : std::string("abcdef"))
        next.gate.spawn(pass_through(&next, &narrower, name, 4));
    while (next.inside < 3)
        next.context.poll_one();
    narrower.set_places(1);
    next.most_inside = 0;
    next.context.run();
    CHECK(next.seen == "abcdef");
    CHECK(next.most_inside == 1);
}

TEST_CASE("who comes late does not get in before those who wait", "[turnstile]") {
    Scene scene;
    Turnstile turnstile;
    scene.gate.spawn(pass_through(&scene, &turnstile, 'a', 2));
    scene.gate.spawn(pass_through(&scene, &turnstile, 'b', 0));
    while (scene.seen != "a")
        scene.context.run_one();
    // Arrives in the very round in which `a` leaves and hands its place to `b`.
    while (scene.inside == 1)
        scene.context.run_one();
    scene.gate.spawn(pass_through(&scene, &turnstile, 'c', 0));
    scene.context.run();
    CHECK(scene.seen == "abc");
    CHECK(scene.most_inside == 1);
}

TEST_CASE("a place in a turnstile that is free again is given again", "[turnstile]") {
    Scene scene;
    Turnstile turnstile;
    for (int i = 0; i < 3; ++i) {
        scene.gate.spawn(pass_through(&scene, &turnstile, 'x', 1));
        scene.context.run();
        scene.context.restart();
    }
    CHECK(scene.seen == "xxx");
}

TEST_CASE("a pass that moves holds one place, once", "[turnstile]") {
    Scene scene;
    Turnstile turnstile;
    scene.gate.spawn(hand_on(&scene, &turnstile));
    scene.gate.spawn(pass_through(&scene, &turnstile, 'a', 1));
    scene.gate.spawn(pass_through(&scene, &turnstile, 'b', 1));
    scene.context.run();
    CHECK(scene.seen == "mab");
    CHECK(scene.most_inside == 1);
}

TEST_CASE("those who wait at a turnstile may go with their context", "[turnstile]") {
    Turnstile turnstile;
    {
        Scene scene;
        for (const char name : std::string("abc"))
            scene.gate.spawn(pass_through(&scene, &turnstile, name, 1'000'000));
        while (scene.seen != "a")
            scene.context.run_one();
        scene.context.poll_one();
    }
    Scene after;
    after.gate.spawn(pass_through(&after, &turnstile, 'd', 0));
    after.context.run();
    CHECK(after.seen == "d");
}

TEST_CASE("a gate counts what runs", "[gate]") {
    Scene scene;
    scene.gate.spawn(rounds(5));
    scene.gate.spawn(rounds(50));
    while (scene.gate.running() < 2)
        scene.context.run_one();
    while (scene.gate.running() == 2)
        scene.context.run_one();
    CHECK(scene.gate.running() == 1);
    scene.context.run();
    CHECK(scene.gate.running() == 0);
}

TEST_CASE("an exception that escapes a task ends that task only", "[gate]") {
    Scene scene;
    scene.gate.spawn(fail_loudly());
    scene.gate.spawn(rounds(5));
    CHECK_NOTHROW(scene.context.run());
    CHECK(scene.gate.running() == 0);
}

TEST_CASE("blocking work runs on the pool, its coroutine goes on where it was", "[blocking]") {
    Scene scene;
    asio::thread_pool pool(1);
    std::thread::id worked_on;
    std::thread::id resumed_on;
    std::string result;
    scene.gate.spawn(add_two(&pool, &worked_on, &resumed_on, &result));
    scene.context.run();
    CHECK(result == "moved in and out");
    CHECK(resumed_on == std::this_thread::get_id());
    CHECK(worked_on != std::this_thread::get_id());
}

TEST_CASE("blocking work that fails gives its error to the coroutine", "[blocking]") {
    Scene scene;
    asio::thread_pool pool(1);
    std::string result;
    scene.gate.spawn(work_that_fails(&pool, &result));
    scene.context.run();
    CHECK(result == "disk full");
}
