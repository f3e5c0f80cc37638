/** Networks in which no camera is: the reader's own machine, what machines of a cloud ask for their keys, and addresses that name nobody. Prefix and its length in bits. */
export const NO_CAMERA_NETWORKS = {
  ipv4: [['0.0.0.0', 8], ['127.0.0.0', 8], ['169.254.0.0', 16], ['100.100.100.200', 32], ['192.0.0.192', 32], ['224.0.0.0', 4], ['240.0.0.0', 4]],
  // An IPv4 address within an IPv6 one (64:ff9b::) leads wherever the first leads.
  ipv6: [['::', 127], ['fe80::', 10], ['ff00::', 8], ['fd00:ec2::', 32], ['64:ff9b::', 96]],
} as const;
