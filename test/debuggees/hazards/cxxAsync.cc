// stresses: std::async, promise, packaged_task, exceptions that cross threads
#include "hazard.h"
#include <future>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

static long sum(std::vector<int> numbers) {
    if (numbers.size() <= 25)
        return std::accumulate(numbers.begin(), numbers.end(), 0L);
    auto middle = numbers.begin() + static_cast<long>(numbers.size() / 2);
    auto left = std::async(std::launch::async, sum, std::vector<int>(numbers.begin(), middle));
    if (numbers.size() == 50)
        checkpoint_here();
    long right = sum(std::vector<int>(middle, numbers.end()));
    return left.get() + right;
}

static int fail() {
    checkpoint_here();
    throw std::runtime_error("thrown in a thread");
}

int main() {
    std::vector<int> numbers(100);
    std::iota(numbers.begin(), numbers.end(), 1);
    CHECK(sum(numbers) == 5050);
    auto failing = std::async(std::launch::async, fail);
    checkpoint_here();
    try {
        failing.get();
        CHECK(!"reached");
    } catch (const std::runtime_error &error) {
        CHECK(std::string(error.what()) == "thrown in a thread");
        checkpoint_here();
    }
    std::promise<int> promise;
    auto future = promise.get_future();
    std::packaged_task<int()> task([&] { return future.get() + 1; });
    auto answer = task.get_future();
    std::thread thread(std::move(task));
    let_others_block();
    checkpoint_here();
    promise.set_value(41);
    CHECK(answer.get() == 42);
    thread.join();
    return succeed();
}
