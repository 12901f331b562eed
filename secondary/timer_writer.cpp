#include "secondary/timer_writer.hpp"

#include "net/blocking.hpp"

#include <exception>

namespace lockstep {

awaitable<Result<void>> TimerWriter::write(ZoneTimers timers) {
    if (!next_) next_ = std::make_shared<Batch>(context_);
    const auto batch = next_;
    batch->timers.push_back(std::move(timers));
    while (!batch->done) {
        if (writing_) {
            (void)co_await batch->changed.async_wait(as_values);
            continue;
        }
        // The first of its batch to be awake writes for all of it; who comes from now on makes the next one.
        auto work = [this, batch] { return store_.store_timers(batch->timers); };
        Result<void> result = fail(ErrorCode::Limit, "the timers could not be handed to the disk");
        std::exception_ptr thrown;
        writing_ = true;
        next_.reset();
        try {
            result = co_await run_blocking(&pool_, work);
        } catch (...) {  // the others of the batch, and the next one, must not wait for ever
            thrown = std::current_exception();
        }
        writing_ = false;
        batch->result = std::move(result);
        batch->done = true;
        batch->changed.cancel();
        if (next_) next_->changed.cancel();
        if (thrown) std::rethrow_exception(thrown);
    }
    co_return batch->result;
}

}  // namespace lockstep
