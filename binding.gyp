# Lets node-gyp build the addon by the project's own build script; packages don't contain this file (package.json: gypfile).
{
  "targets": [
    {
      "target_name": "kubenetprobe_top",
      "type": "none",
      "actions": [
        {
          "action_name": "build",
          "inputs": ["scripts/build.mjs"],
          "outputs": ["build/addon/Release/kubenetprobe_top.node"],
          "action": ["node", "scripts/build.mjs", "bpf", "addon"],
        },
      ],
    },
  ],
}
