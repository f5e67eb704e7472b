// Starts the emulator of npm's telegram-test-api: emulator.js FOLDER PORT. Where it departs from
// the Bot API in a way that the client library cannot read, it is put right here: getMe must say
// `is_bot`, a date is in seconds, objects come back as objects, an answered tap gives `true`.
const [folder, port] = process.argv.slice(2);
const at = `${folder}/node_modules/telegram-test-api/lib`;
const { routes } = require(`${at}/routes/index`);
const fixed = {
  getMe: { id: 666, is_bot: true, first_name: "Test", username: "TestNameBot" },
  answerCallbackQuery: true,
  setMyCommands: true,
};
routes.unshift((app) => {
  for (const [method, result] of Object.entries(fixed)) {
    app.all(`/bot:token/${method}`, (_, response) => response.json({ ok: true, result }));
  }
});
const { TelegramServer } = require(`${at}/telegramServer`);
const add = TelegramServer.prototype.addBotMessage;
TelegramServer.prototype.addBotMessage = function (...given) {
  const message = add.apply(this, given);
  const preview = JSON.parse(message.link_preview_options);
  return { ...message, date: Math.floor(message.date / 1000), link_preview_options: preview };
};
const server = new TelegramServer({ port: Number(port), host: "127.0.0.1" });
server.start().then(() => console.log("ready"));
