// stresses: std::thread, mutex, condition_variable, call_once, thread_local objects, atomics
#include "hazard.h"
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

struct Counted {
    static std::atomic<int> alive;
    int value = 5;
    Counted() { alive++; }
    ~Counted() {
        checkpoint_here();
        alive--;
    }
};
std::atomic<int> Counted::alive;
static thread_local Counted counted;

static std::mutex mutex;
static std::condition_variable condition;
static std::once_flag once;
static int turn, made;

static void play(int number) {
    std::call_once(once, [] { made++; });
    counted.value += number;
    for (int i = 0; i < 4; i++) {
        std::unique_lock<std::mutex> lock(mutex);
        condition.wait(lock, [&] { return turn % 3 == number; });
        if (number == i)
            checkpoint_here();
        turn++;
        condition.notify_all();
    }
    CHECK(counted.value == 5 + number);
}

int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; i++)
        threads.emplace_back(play, i);
    for (auto &thread : threads)
        thread.join();
    CHECK(turn == 12 && made == 1);
    CHECK(Counted::alive == 0);
    return succeed();
}
