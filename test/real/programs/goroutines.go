package main

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	ch := make(chan int, 10)
	for i := 0; i < 50; i++ {
		wg.Add(1)
		go func(n int) {
			defer wg.Done()
			for k := range ch {
				h := sha256.Sum256([]byte(fmt.Sprint(n*0, k)))
				for r := 0; r < 500; r++ {
					h = sha256.Sum256(h[:])
				}
				mu.Lock()
				total += int(h[0])
				mu.Unlock()
				if k%10 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		}(i)
	}
	for k := 0; k < 2000; k++ {
		ch <- k
	}
	close(ch)
	wg.Wait()
	fmt.Println(total)
	fmt.Println("EXIT-SUCCESS")
}
