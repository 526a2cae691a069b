;; One pass of OCB over whole blocks, 16 bytes at a time: data ^= table ^ first, and the sums of what was there before
;; and of what is there after. Memory: first at 0, the sums at 16 and 32, table and data where the caller put them.
(module
  (memory (export "memory") 1)
  (func (export "pass") (param $table i32) (param $data i32) (param $end i32)
    (local $first v128)
    (local $block v128)
    (local $before v128)
    (local $after v128)
    (local.set $first (v128.load (i32.const 0)))
    (loop $next
      (local.set $block (v128.load (local.get $data)))
      (local.set $before (v128.xor (local.get $before) (local.get $block)))
      (local.set $block
        (v128.xor (v128.xor (local.get $block) (v128.load (local.get $table))) (local.get $first)))
      (local.set $after (v128.xor (local.get $after) (local.get $block)))
      (v128.store (local.get $data) (local.get $block))
      (local.set $table (i32.add (local.get $table) (i32.const 16)))
      (local.set $data (i32.add (local.get $data) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $data) (local.get $end))))
    (v128.store (i32.const 16) (local.get $before))
    (v128.store (i32.const 32) (local.get $after))))
