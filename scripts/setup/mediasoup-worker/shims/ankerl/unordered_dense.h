// ankerl::unordered_dense is a faster hash map that systems do not package; the standard one has the
// same interface as far as mediasoup uses it.
#pragma once
#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace ankerl::unordered_dense
{
	template<class T, class = void>
	struct hash : std::hash<T>
	{
		using is_avalanching = void;
	};

	template<class K, class V, class H = hash<K>, class E = std::equal_to<K>>
	using map = std::unordered_map<K, V, H, E>;

	template<class K, class H = hash<K>, class E = std::equal_to<K>>
	using set = std::unordered_set<K, H, E>;
} // namespace ankerl::unordered_dense
