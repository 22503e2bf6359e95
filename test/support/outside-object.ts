// A BPF object as a third party would write it: its own maps of several kinds, an event for each frame, and every kind of C type.

export const outsideObject = `
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TAG(words) __attribute__((btf_decl_tag(words)))

enum speed { SLOW = -1, MIDDLE = 0, FAST = 100000 };
enum wide : unsigned long long { SMALL = 1, LARGER = 2 };

union address {
	__u32 word;
	__u8 bytes[4];
	struct {
		__u16 high, low;
	};
};

struct inner {
	__s8 tiny;
	__s16 small;
	__s64 negative;
	_Bool yes, no;
};

struct everything {
	__u8 first : 3, second : 5;
	__s32 signed_bits : 7;
	__u64 long_bits : 40;
	enum speed speed;
	enum wide wide;
	union address address;
	struct inner nested[2];
	char text[8];
	__u32 table[2][3];
	__u64 beyond;
	struct {
		__u32 anonymous;
	};
};

struct frame {
	__u64 number;
	__u32 length;
	__u16 ether_type;
	__u8 to[ETH_ALEN];
};

struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, __u16); __type(value, __u64); } by_type SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct frame); } by_cpu SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_HASH); __uint(max_entries, 8); __type(key, enum speed); __type(value, __s64); } by_speed SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct everything); } types SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 20); } frames TAG("unused") SEC(".maps");
struct frame frame_type TAG("event:frames");

__u64 number;
TAG("error:watch_frames") __u64 ring_refused;
TAG("error:watch_frames") __u32 too_short;

static void fill(struct everything *all)
{
	all->first = 5;
	all->second = 17;
	all->signed_bits = -3;
	all->long_bits = 0xab00000001ULL;
	all->speed = FAST;
	all->wide = LARGER;
	all->address.bytes[0] = 10;
	all->address.bytes[1] = 77;
	all->nested[0].tiny = -1;
	all->nested[1].negative = -9000000000000000000LL;
	all->nested[1].yes = 1;
	__builtin_memcpy(all->text, "hi\\0rest", 8);
	all->table[1][2] = 12;
	all->beyond = 0xffffffffffffffffULL;
	all->anonymous = 4;
}

SEC("classifier/ingress")
int watch_frames(struct __sk_buff *buffer)
{
	void *data = (void *)(long)buffer->data, *end = (void *)(long)buffer->data_end;
	struct ethhdr *header = data;
	struct frame *event, *mine;
	__u32 zero = 0;
	__u16 type;
	__u64 one = 1, *count;
	__s64 minus = -2, *sum;
	enum speed speed = SLOW;
	struct everything *all = bpf_map_lookup_elem(&types, &zero);

	if ((void *)(header + 1) > end) {
		__sync_fetch_and_add(&too_short, 1);
		return -1;
	}
	type = bpf_ntohs(header->h_proto);
	if (type != ETH_P_IP)
		return -1;
	if (all)
		fill(all);
	count = bpf_map_lookup_elem(&by_type, &type);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&by_type, &type, &one, BPF_ANY);
	mine = bpf_map_lookup_elem(&by_cpu, &zero);
	if (mine) {
		mine->number++;
		mine->length += buffer->len;
	}
	sum = bpf_map_lookup_elem(&by_speed, &speed);
	if (sum)
		*sum += minus;
	else
		bpf_map_update_elem(&by_speed, &speed, &minus, BPF_ANY);
	event = bpf_ringbuf_reserve(&frames, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&ring_refused, 1);
		return -1;
	}
	event->number = __sync_fetch_and_add(&number, 1);
	event->length = buffer->len;
	event->ether_type = type;
	__builtin_memcpy(event->to, header->h_dest, ETH_ALEN);
	bpf_ringbuf_submit(event, 0);
	return -1;
}

char _license[] SEC("license") = "GPL";
`;
